"""What every registry promises, held to by each of them."""

import importlib

import pulumi
import pytest
from dockyard.run_error import ArgsError

from tests.contract.cases import CASES, REPOSITORIES, TAGS, tag_key
from tests.support.recorder import recording

OUTPUTS = ("host", "images", "username", "password")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


@pytest.fixture
def run(case):
    """Makes the registry `images`; gives what it registered, and with `then` what that saw of it."""
    with recording(case.outputs, case.answers) as recorder:

        def run(then=lambda registry: registry.images, opts=lambda: None, **more):
            return recorder.run(lambda: then(case.make("images", opts(), **more)))

        run.recorder = recorder
        yield run


def outputs(run, **more):
    """Value and secretness of each of the four outputs."""
    seen = {}

    def look(registry):
        found = []
        for name in OUTPUTS:
            output = getattr(registry, name)
            both = pulumi.Output.all(pulumi.Output.unsecret(output), output.is_secret())
            found.append(both.apply(lambda both, name=name: seen.update({name: tuple(both)})))
        return pulumi.Output.all(*found)

    run(look, **more)
    return seen


def children(found):
    """Registrations below the registry. Providers stand beside it."""
    return [item for item in found.registered if item.name != "images" and "pulumi:providers" not in item.typ]


def test_it_has_the_outputs_that_all_registries_have(run):
    seen = outputs(run)
    assert set(seen) == set(OUTPUTS)
    host, images = seen["host"][0], seen["images"][0]
    assert set(images) == set(REPOSITORIES)
    assert all(images[key].startswith(f"{host}/") and images[key].endswith(f"/{key}") for key in images)
    assert len(set(images.values())) == len(images)
    assert "/" not in host
    assert isinstance(seen["username"][0], str)
    assert seen["password"][0]


def test_the_password_is_a_secret_and_nothing_else_is(run):
    assert {name: secret for name, (_, secret) in outputs(run).items()} == {
        "host": False,
        "images": False,
        "username": False,
        "password": True,
    }


def test_a_login_and_a_reference_follow_from_the_outputs(run):
    seen = []

    def look(registry):
        assert registry.login == {name: getattr(registry, name) for name in ("host", "username", "password")}
        return pulumi.Output.all(registry.image("api", "v1"), registry.images).apply(seen.append)

    run(look)
    assert seen[0][0] == f"{seen[0][1]['api']}:v1"


def test_without_ci_there_is_no_ci(case, run):
    """An object all the same, as with CI."""
    seen = []
    run(lambda registry: getattr(registry, "ci", pulumi.Output.from_input({})).apply(seen.append))
    assert seen == [{}]


def test_its_type_is_its_name_in_dockyards_package(case, run):
    assert [item.typ for item in run().registered if item.name == "images"] == [f"dockyard:index:{case.name}"]


def test_every_child_has_it_as_parent_and_is_named_after_it(case, run):
    found = run(**case.more)
    assert children(found)
    for item in children(found):
        urn = next(urn for urn in found.urns if urn.endswith(f"{item.typ}::{item.name}"))
        assert f"dockyard:index:{case.name}$" in urn
        assert item.name.startswith("images-")


def test_children_are_named_by_key_and_not_by_position(case, run):
    before = {(item.typ, item.name) for item in children(run(**case.more))}
    more = {"aaa": {}, **REPOSITORIES, "zzz": {}}
    after = {(item.typ, item.name) for item in children(run(**case.more, repositories=more))}
    assert before <= after


def test_two_registries_in_one_program_stay_apart(case, run):
    def second(registry):
        other = case.make("others", **({"port": 9443} if case.name == "SelfHostedRegistry" else {}))
        return pulumi.Output.all(registry.images, other.images)

    found = run(second)
    names = [(item.typ, item.name) for item in found.registered]
    assert len(names) == len(set(names))


def test_tags_are_on_everything_that_can_carry_them(case, run):
    if not case.tags:
        pytest.skip(f"{case.name} takes no tags")
    found = children(run(**case.more, tags=TAGS))
    carriers = {item.name: item.inputs.get(key) for item in found if (key := tag_key(item.typ))}
    assert carriers
    assert {name: tags for name, tags in carriers.items() if tags != TAGS} == {}


def test_an_explicit_provider_is_inherited_by_all_children_and_functions(case, run):
    if not case.provider:
        pytest.skip(f"{case.name} has no cloud's provider")
    package = importlib.import_module(case.provider)

    def options():
        return pulumi.ResourceOptions(providers=[package.Provider("mine")])

    found = children(run(opts=options, **case.more))
    assert found
    assert [item.name for item in found if item.custom and "::mine::" not in (item.provider or "")] == []
    assert [call.token for call in run.recorder.called if "::mine::" not in call.provider] == []


def test_the_order_of_repositories_changes_no_registration(case, run):
    def registrations(found):
        return sorted((item.typ, item.name, repr(item.inputs)) for item in children(found))

    one = registrations(run(**case.more))
    assert registrations(run(**case.more, repositories=dict(reversed(REPOSITORIES.items())))) == one
    assert registrations(run(**case.more)) == one


def refusal(run, **more):
    with pytest.raises(ArgsError) as refused:
        run(**more)
    return str(refused.value)


@pytest.mark.parametrize(
    ("more", "path", "near"),
    [
        ({"repositoris": {}}, "repositoris", "repositories"),
        ({"deletoin": "retain"}, "deletoin", "deletion"),
        ({"repositories": {"api": {"pusch": []}}}, "repositories/api/pusch", "push"),
    ],
)
def test_an_unknown_key_is_refused_with_its_path_and_what_was_meant(case, run, more, path, near):
    assert refusal(run, **more).splitlines() == [
        f"{case.name} 'images': 1 problem",
        f"  {path}: unknown key",
        f"hint: did you mean {near!r}?",
    ]


def test_a_name_that_is_none_is_refused(run):
    assert "  repositories/Not A Name" in refusal(run, repositories={"Not A Name": {}})


def test_all_problems_are_told_at_once(run):
    text = refusal(run, repositories={"api": {"pusch": []}}, deletoin="x")
    assert text.splitlines()[0].endswith(": 2 problems")


@pytest.mark.parametrize(
    ("case", "index"),
    [
        pytest.param(case, index, id=f"{case.name}-{refused[1].partition(':')[0]}")
        for case in CASES
        for index, refused in enumerate(case.refused)
    ],
)
def test_what_it_cannot_keep_is_refused_with_a_hint(case, index, run):
    more, path, word = case.refused[index]
    text = refusal(run, **more)
    assert f"  {path}" in text
    assert word in text.partition("\nhint: ")[2]
