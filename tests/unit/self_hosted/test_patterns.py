"""What a repository pattern covers."""

import pytest
from dockyard.self_hosted.patterns import matches, name_problem


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("**", ["a", "a/b", "a/b/c"], []),
        ("team/*", ["team/a", "team/a.b"], ["team", "team/a/b", "teams/a", "x/team/a"]),
        ("team/**", ["team/a", "team/a/b/c"], ["team", "teams/a"]),
        ("*/app", ["a/app"], ["app", "a/b/app"]),
        ("**/app", ["a/app", "a/b/app"], ["app", "a/apps"]),
        ("a.b", ["a.b"], ["axb", "a-b", "a.b/c"]),
        ("team-*/app", ["team-1/app"], ["team/app", "team-1/2/app"]),
        ("*", ["a", "a-b"], ["a/b"]),
        ("a/**/z", ["a/b/z", "a/b/c/z"], ["a/z"]),
    ],
)
def test_a_pattern_covers_these_and_not_those(pattern: str, covered: list[str], others: list[str]) -> None:
    assert [name for name in covered if not matches(pattern, name)] == []
    assert [name for name in others if matches(pattern, name)] == []


@pytest.mark.parametrize("name", ["a", "a/b", "a.b", "a_b", "a__b", "a---b", "0/1"])
def test_what_the_specification_names_a_repository_is_one(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    "name", ["", "A", "a/", "/a", "a//b", "a..b", "a___b", "-a", "a-", "_a", "a\n", "a*", 7, None]
)
def test_what_it_does_not_is_none(name: object) -> None:
    assert name_problem(name) == f"is not a repository name: {name!r}"


def test_a_name_may_have_255_characters() -> None:
    assert name_problem("a" * 255) == ""
    assert name_problem("a" * 256) == "must have 255 characters or fewer, got 256"
