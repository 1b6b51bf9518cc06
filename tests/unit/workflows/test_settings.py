"""Settings of workflows: all problems at once, and nothing that could leave its place in YAML or in an expression."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.workflows.settings import read_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.samples import AWS, everything, image

HOSTILE = (
    "${{ secrets.X }}",
    'a"b',
    "a'b",
    "a\nb",
    "a`id`",
    "$(id)",
    "a;b",
    "a b|c",
    "../../etc",
    "{{x}}",
    "<<x>>",
    "a#b\\",
)


def problems(settings):
    with pytest.raises(ProblemsError) as refused:
        read_settings(settings)
    return [str(problem) for problem in refused.value.problems]


def test_everything_can_be_asked_for():
    settings = read_settings(everything())
    assert [stack.name for stack in settings.stacks] == ["dev", "local", "prod", "staging"]
    assert len(settings.images) == 12


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_that_could_leave_its_place_is_refused_wherever_it_stands(text):
    images = {
        "api": image(AWS, environment=text, context=text, file=text, platforms=[text]),
        text: image(AWS),
    }
    stacks = {"dev": {"environment": text}, text: {}}
    names = ("branch", "requirements", "folder", "policyPack", "backend", "schedule", "python")
    found = problems({"stacks": stacks, "images": images, **dict.fromkeys(names, text)})
    paths = {problem.split(":")[0] for problem in found}
    assert paths >= {
        *names,
        *(f"images/api/{key}" for key in ("environment", "context", "file", "platforms/0")),
        "stacks/dev/environment",
    }
    assert f"images/{text}" in " ".join(found)
    assert f"stacks/{text}" in " ".join(found)


@given(st.text(min_size=1, max_size=30))
def test_no_text_of_a_login_leaves_its_place(text):
    login = {"aws": {"roleArn": text, "region": text}}
    try:
        read = read_settings({"images": {"api": image(AWS) | {"login": login}}})
    except ProblemsError:
        return
    assert not set(str(read.images[0].login.values)) & set("$\n`\\")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "stacks: or images: at least one is needed"),
        ([], "settings: must be an object"),
        ({"stacks": {"a": {"after": ["b"]}}}, "stacks/a/after: there is no stack 'b'"),
        ({"stacks": {"a": {"after": ["a"]}}}, "stacks/a/after: waits for itself"),
        ({"stacks": {"a": {"after": ["b"]}, "b": {"after": ["a"]}}}, "stacks/b/after: waits for itself"),
        ({"stacks": {"a": {"login": {}}}}, "stacks/a/login: must be one of aws, azure, gcp"),
        ({"stacks": {"a": {"login": {"selfHosted": {}}}}}, "stacks/a/login/selfHosted: unknown key"),
        ({"stacks": {"a": {"login": {"aws": {}}}}}, "stacks/a/login/aws/roleArn: is required"),
        ({"stacks": {"a": {}}, "workflows": ["nonsense"]}, "workflows/0: is no workflow: 'nonsense'"),
        ({"images": {"a": {}}}, "images/a/image: is required"),
        ({"images": {"a": {}}}, "images/a/login: is required"),
        (
            {"images": {"a": {**image(AWS), "simple": True}}},
            "images/a/environment: is required: version tags push it",
        ),
        ({"stacks": {"a": {}}, "stcks": {}}, "stcks: unknown key"),
    ],
)
def test_what_cannot_be_is_refused_with_its_path(settings, expected):
    assert any(problem.startswith(expected) for problem in problems(settings)), problems(settings)
