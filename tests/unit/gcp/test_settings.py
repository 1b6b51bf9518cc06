"""The settings of GarRegistry: what goes together, and what its arguments say."""

import inspect
from types import SimpleNamespace

import pytest
from dockyard.args import RegistryArgs
from dockyard.errors import ProblemsError
from dockyard.gcp.args import GarRegistryArgs
from dockyard.gcp.settings import read_settings

BASE = {"location": "europe-west1", "repositories": {"api": {}, "tools/ci": {}}}
UPSTREAM = "projects/p/locations/europe/repositories/hub"


def later(value):
    """What is known during the deployment only looks so to pure code: an Output of its own would need a program."""
    return SimpleNamespace(apply=lambda then: then(value))


def problems(name="images", **args):
    """Every problem as `path: message`, and the hints."""
    try:
        read_settings({**BASE, **args}, "GarRegistry 'images'", name)
    except ProblemsError as error:
        return [str(problem) for problem in error.problems], [problem.hint for problem in error.problems]
    return [], []


def test_two_keys_that_would_be_one_repository_are_refused_both():
    found, hints = problems(repositories={"tools/ci": {}, "tools.ci": {}}, repository_per_key=True)
    assert found == [
        "repositories/tools.ci: would be named 'images-tools-ci', as another key would",
        "repositories/tools/ci: would be named 'images-tools-ci', as another key would",
    ]
    assert set(hints) == {"rename one of them"}


def test_the_components_name_must_do_for_the_repository_unless_one_is_given():
    assert problems(name="Images")[0] == ["repository_id: is not a repository's name: 'Images'"]
    assert problems(name="Images", repository_id="images") == ([], [])


def test_what_a_key_says_may_repeat_what_the_registry_says():
    same = {"immutable_tags": False, "pull": ["user:a@b.c"], "push": ["user:b@b.c"]}
    assert problems(repositories={"api": {**same}}, **same) == ([], [])
    assert problems(repositories={"api": {"pull": ["user:b@b.c"]}}, push=["user:b@b.c"]) == ([], [])


def test_a_member_of_the_deployment_is_refused_because_it_cannot_name_a_resource():
    assert problems(push=[later("user:a@b.c")]) == (
        ["push/0: is known only during the deployment"],
        ["use registry.grant_push(NAME, member)"],
    )


def test_upstreams_and_logins_may_be_known_during_the_deployment_only():
    remote = {"uri": later("https://x.y"), "username": later("u"), "password_secret_version": later("v")}
    assert problems(remote=remote) == ([], [])
    assert problems(virtual={"a": {"repository": later(UPSTREAM), "priority": 1}}) == ([], [])


def test_all_problems_are_named_at_once_in_the_order_of_their_paths(make):
    text = make.refusal(location="x y", deletion="empty", tags={"A": "b"})
    assert text.splitlines()[:4] == [
        "GarRegistry 'images': 3 problems",
        "  deletion: 'empty' cannot be kept",
        "  location: is no region: 'x y'",
        "  tags/A: cannot be a label's key",
    ]


@pytest.mark.parametrize(
    ("repository", "member", "expected"),
    [
        (None, "bob", "  member: is not an IAM member: 'bob'"),
        (None, "allUsers", "  member: would let anyone push"),
        ("api", "user:a@b.c", "  repository: has no access of its own: 'api'"),
        ("", "user:a@b.c", "  repository: has no access of its own: ''"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(make, repository, member, expected):
    from dockyard.run_error import ArgsError

    texts = []

    def grant(registry):
        with pytest.raises(ArgsError) as refused:
            registry.grant_push("ci", member, repository)
        texts.append(str(refused.value))

    make(grant)
    assert texts[0].splitlines()[:2] == ["grant_push 'ci' of GarRegistry 'images': 1 problem", expected]


def test_its_arguments_are_those_that_all_registries_share_and_more():
    shared, own = RegistryArgs.__annotations__, GarRegistryArgs.__annotations__
    assert {key: own[key] for key in shared} == dict(shared)
    assert RegistryArgs.__required_keys__ <= GarRegistryArgs.__required_keys__


def test_every_argument_says_what_happens_without_it():
    import dockyard.gcp.args as module

    source = inspect.getsource(module)
    fields = source.split("NotRequired[")[1:]
    assert len(fields) > 15
    assert [field for field in fields if "Default: " not in " ".join(field.split('"""')[1].split())] == []
