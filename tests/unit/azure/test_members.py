"""Who may do what, as role assignments: one for each principal and role."""

import pytest
from dockyard.azure.abac import ACR_PULL, ACR_PUSH, READER, WRITER
from dockyard.azure.assignments import Access, Assignment, plan_assignments, problems_of
from dockyard.azure.members import Member, member_of

A, B = (Member(f"0b1e0000-0000-4000-8000-00000000000{number}") for number in (1, 2))


def access(pull=(), push=(), pull_one=None, push_one=None):
    one = [{name: frozenset(who) for name, who in (found or {}).items()} for found in (pull_one, push_one)]
    return Access(frozenset(pull), frozenset(push), *one)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0B1E0000-0000-4000-8000-000000000001", "ServicePrincipal"),
        ("servicePrincipal:0b1e0000-0000-4000-8000-000000000001", "ServicePrincipal"),
        ("user:0b1e0000-0000-4000-8000-000000000001", "User"),
        ("group:0b1e0000-0000-4000-8000-000000000001", "Group"),
    ],
)
def test_a_principal_is_an_object_id_and_perhaps_its_type(text, kind):
    assert member_of(text) == Member(A.principal_id, kind)


@pytest.mark.parametrize(
    "text", ["", "api", "app:0b1e0000-0000-4000-8000-000000000001", A.principal_id + "0"]
)
def test_what_is_no_principal_is_none(text):
    with pytest.raises(ValueError, match="is no principal"):
        member_of(text)


def test_one_principal_has_one_assignment_of_a_role_with_all_its_repositories():
    """Azure refuses a second one, whatever its condition."""
    found = plan_assignments(access(pull_one={"web": [A, B], "api": [A]}), legacy=False)
    assert found == (
        Assignment("pull", A, READER, ("api", "web")),
        Assignment("pull", B, READER, ("web",)),
    )


def test_who_pushes_somewhere_needs_no_second_role_to_pull_there():
    found = plan_assignments(access(pull_one={"api": [A], "web": [A]}, push_one={"api": [A]}), legacy=False)
    assert found == (Assignment("push", A, WRITER, ("api",)), Assignment("pull", A, READER, ("web",)))


def test_who_pulls_everything_has_that_without_a_condition():
    found = plan_assignments(access(pull=[A], pull_one={"api": [A]}, push_one={"web": [A]}), legacy=False)
    assert found == (Assignment("push", A, WRITER, ("web",)), Assignment("pull", A, READER, None))


def test_who_pushes_everything_has_nothing_else():
    found = plan_assignments(access(pull=[A], push=[A], pull_one={"api": [A]}), legacy=False)
    assert found == (Assignment("push", A, WRITER, None),)


def test_a_legacy_registry_gives_its_own_roles():
    found = plan_assignments(access(pull=[A], push=[B]), legacy=True)
    assert found == (Assignment("pull", A, ACR_PULL, None), Assignment("push", B, ACR_PUSH, None))
    assert [each.condition for each in found] == [None, None]


def test_a_principal_of_two_types_is_told():
    user = Member(A.principal_id, "User")
    (problem,) = problems_of(plan_assignments(access(pull=[A, user]), legacy=False))
    assert "is named as ServicePrincipal and as User" in str(problem)


def test_more_repositories_than_a_condition_holds_are_told():
    names = {f"team/service-{number:03}": [A] for number in range(90)}
    (problem,) = problems_of(plan_assignments(access(push_one=names), legacy=False))
    assert str(problem) == (
        f"repositories: {A.principal_id} may push 90 of them, and a condition of 8192 characters cannot name so many"
    )
    assert "the whole registry: push beside repositories" in problem.hint
