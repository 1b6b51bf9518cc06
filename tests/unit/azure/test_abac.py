"""Conditions of role assignments: what they let through, and what they never do."""

import pytest
from dockyard.azure.abac import ACR_PULL, LONGEST, READER, WRITER, condition
from dockyard.azure.evaluate_abac import allows
from dockyard.errors import DockyardError
from hypothesis import given, settings
from hypothesis import strategies as st

DATA = "Microsoft.ContainerRegistry/registries/repositories"
READ = [f"{DATA}/content/read", f"{DATA}/metadata/read"]
WRITE = [f"{DATA}/content/write", f"{DATA}/metadata/write"]
DELETE = [f"{DATA}/content/delete", f"{DATA}/metadata/delete"]
REQUEST = f"@Request[{DATA}:name]"

PART = st.sampled_from(["api", "api2", "ap", "a", "x", "web", "web-api", "web.api", "team", "team_a"])
NAME = st.lists(PART, min_size=1, max_size=3).map("/".join)
NAMES = st.lists(NAME, min_size=1, max_size=5)


def test_a_readers_condition_is_the_documented_one():
    assert condition(READER, ["nginx"]) == (
        f"((!(ActionMatches{{'{READ[0]}'}}) AND !(ActionMatches{{'{READ[1]}'}})) "
        f"OR ({REQUEST} StringEqualsIgnoreCase 'nginx'))"
    )


def test_a_prefix_is_told_by_its_slash():
    text = condition(READER, ["backend/", "nginx"])
    assert (
        f"{REQUEST} StringStartsWithIgnoreCase 'backend/' OR {REQUEST} StringEqualsIgnoreCase 'nginx'" in text
    )


def test_a_writers_condition_lists_every_action_of_the_role():
    """An action that is left out would be allowed on every repository."""
    text = condition(WRITER, ["api"])
    assert [action for action in READ + WRITE if f"!(ActionMatches{{'{action}'}})" not in text] == []
    assert set(WRITER.actions) == set(READ + WRITE)
    assert set(READER.actions) == set(READ)


def test_a_condition_that_forgets_an_action_leaves_it_open():
    """The test of the judge: it sees the hole that the test above guards against."""
    text = condition(READER, ["api"])
    assert allows(WRITER, text, WRITE[0], "other")
    assert not allows(WRITER, condition(WRITER, ["api"]), WRITE[0], "other")


@pytest.mark.parametrize("other", ["api2", "ap", "api/x", "x/api", "api-", "team", "api.old", ""])
@pytest.mark.parametrize("role", [READER, WRITER], ids=lambda role: role.name)
def test_one_repository_opens_no_look_alike(role, other):
    text = condition(role, ["api"])
    assert [action for action in role.actions if allows(role, text, action, other)] == []
    assert all(allows(role, text, action, "api") for action in role.actions)


def test_upper_case_is_the_same_name():
    """Azure compares without regard to case; a repository cannot be called API, so that opens nothing else."""
    assert allows(READER, condition(READER, ["api"]), READ[0], "API")


@pytest.mark.parametrize(
    ("repository", "inside"),
    [("backend/nginx", True), ("backend/a/b", True), ("backend", False), ("backend-infra/k8s", False)],
)
def test_a_prefix_opens_what_is_below_it_alone(repository, inside):
    assert allows(READER, condition(READER, ["backend/"]), READ[0], repository) is inside


@given(granted=NAMES, asked=NAME)
@settings(max_examples=60, deadline=None)
def test_nobody_acts_on_a_repository_that_was_not_granted(granted, asked):
    for role in (READER, WRITER):
        text = condition(role, granted)
        for action in READ + WRITE + DELETE:
            expected = asked in granted and action in role.actions
            assert allows(role, text, action, asked) is expected


@given(granted=NAMES, asked=NAME, depth=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_prefix_never_opens_its_neighbours(granted, asked, depth):
    text = condition(WRITER, [f"{name}/" for name in granted])
    repository = f"{granted[0]}/{asked}" if depth else asked
    expected = any(repository.startswith(f"{name}/") for name in granted)
    assert allows(WRITER, text, WRITE[0], repository) is expected


@given(granted=NAMES)
@settings(max_examples=30, deadline=None)
def test_the_order_of_repositories_changes_no_condition(granted):
    assert condition(READER, granted) == condition(READER, [*reversed(granted), granted[0]])


def test_without_a_condition_a_role_is_for_the_whole_registry():
    assert allows(READER, "", READ[0], "anything")
    assert not allows(READER, "", WRITE[0], "anything")


@pytest.mark.parametrize("name", ["x' OR '", "Api", "a//b", "*", "", "/", "a\n"])
def test_what_is_no_name_cannot_become_part_of_a_condition(name):
    with pytest.raises(DockyardError, match="is not a repository's name"):
        condition(READER, [name])


def test_no_repository_is_not_every_repository():
    with pytest.raises(DockyardError, match="would give nothing"):
        condition(READER, [])


def test_a_legacy_role_takes_no_condition():
    with pytest.raises(DockyardError, match="AcrPull takes no condition"):
        condition(ACR_PULL, ["api"])


def test_some_fifty_repositories_fit_into_one_condition():
    names = [f"team/service-{number:03}" for number in range(55)]
    assert len(condition(WRITER, names)) <= LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "(",
        "()",
        "(ActionMatches{'x'}",
        "ActionMatches{'x'} ActionMatches{'x'}",
        f"{REQUEST} StringLike 'x*'",
        "@Resource[x:y] StringEquals 'x'",
        "true",
    ],
)
def test_a_condition_that_is_not_understood_is_no_permission(text):
    with pytest.raises(DockyardError, match="not understood"):
        allows(READER, text, READ[0], "api")
