"""Neutral rules: how they are read, and what the simulator does with them."""

from datetime import timedelta

import pytest
from dockyard.retention import Action, Image, Rule, fits, read_retention, simulate
from hypothesis import given

from tests.unit.retention.strategies import NOW, images, rules


def told(values):
    problems = []
    read_retention(values, problems)
    return [(problem.path, problem.message, problem.hint) for problem in problems]


def image(days, *tags, pulled=None, digest=None):
    pulled_at = None if pulled is None else NOW - timedelta(days=pulled)
    return Image(digest or f"sha256:{days}", tags, NOW - timedelta(days=days), pulled_at)


def outcome(wanted, *repository):
    return [
        (decision.action.value, decision.rule.name if decision.rule else "")
        for decision in simulate(wanted, repository, NOW)
    ]


def test_without_settings_untagged_images_expire_after_two_weeks():
    expected = (Rule("untagged", Action.EXPIRE, untagged=True, older_than_days=14),)
    assert read_retention(None, []) == read_retention({}, []) == expected


def test_the_short_forms_are_rules():
    assert read_retention({"untagged_days": 7.0, "keep_last": 30.0, "keep_tags": ["v*"]}, []) == (
        Rule("untagged", Action.EXPIRE, untagged=True, older_than_days=7),
        Rule("keep-last", Action.EXPIRE, tags=("*",), keep_last=30),
        Rule("keep-tags", Action.KEEP, tags=("v*",)),
    )


def test_rules_are_read_in_the_order_of_their_names():
    values = {"b": {"tags": ["x"], "older_than_days": 3}, "a": {"action": "keep", "tags": ["y"]}}
    assert [rule.name for rule in read_retention({"rules": values}, [])] == ["untagged", "a", "b"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"keep_last": 0},
            (
                "retention/keep_last",
                "must be between 1 and 100000, got 0",
                "leave keep_last out to keep every tagged image",
            ),
        ),
        ({"untagged_days": 0}, ("retention/untagged_days", "must be between 1 and 36500, got 0", "")),
        ({"untaged_days": 1}, ("retention/untaged_days", "unknown key", "did you mean 'untagged_days'?")),
        (
            {"keep_tags": ["v*", "a b"]},
            (
                "retention/keep_tags/1",
                "is not a pattern of tags: 'a b'",
                "a tag in which `*` may stand for any text: v*, release-*",
            ),
        ),
        (
            {"rules": {"x": {"tags": ["v*"]}}},
            (
                "retention/rules/x",
                "would take every image that it selects",
                "say older_than_days, not_pulled_days or keep_last",
            ),
        ),
        (
            {"rules": {"x": {"tags": ["v*"], "untagged": True, "older_than_days": 1}}},
            ("retention/rules/x/untagged", "does not go together with tags", "make two rules of it"),
        ),
        (
            {"rules": {"x": {"action": "delete", "older_than_days": 1}}},
            ("retention/rules/x/action", "must be one of expire, archive, keep, got 'delete'", ""),
        ),
        (
            {"rules": {"Old": {"older_than_days": 1}}},
            (
                "retention/rules/Old",
                "is not a name for a rule",
                "up to 63 lower-case letters, digits and `-`; not untagged, keep-last or keep-tags",
            ),
        ),
    ],
)
def test_bad_settings_are_named(values, expected):
    assert told(values) == [expected]


@pytest.mark.parametrize(
    ("pattern", "tag", "expected"),
    [
        ("v*", "v1", True),
        ("v*", "xv1", False),
        ("v1.0", "v1x0", False),
        ("*", "anything", True),
        ("*-rc*", "v1-rc2", True),
        ("v1", "v10", False),
    ],
)
def test_a_star_stands_for_any_text_and_nothing_else_does(pattern, tag, expected):
    assert fits(pattern, tag) is expected


def test_age_is_counted_from_the_push_and_the_day_itself_is_not_over():
    rule = Rule("old", Action.EXPIRE, older_than_days=3)
    assert outcome([rule], image(2), image(3), image(3.01)) == [("keep", ""), ("keep", ""), ("expire", "old")]


def test_a_pull_postpones_and_an_image_that_was_never_pulled_counts_from_its_push():
    rule = Rule("idle", Action.EXPIRE, not_pulled_days=3)
    assert outcome([rule], image(9, pulled=1), image(9, pulled=4), image(9), image(1)) == [
        ("keep", ""),
        ("expire", "idle"),
        ("expire", "idle"),
        ("keep", ""),
    ]


def test_the_newest_are_counted_among_those_that_the_rule_selects():
    rule = Rule("dev", Action.EXPIRE, tags=("dev*",), keep_last=1)
    repository = [image(1, "main"), image(2, "dev-2"), image(3, "dev-1"), image(4)]
    assert outcome([rule], *repository) == [("keep", ""), ("keep", ""), ("expire", "dev"), ("keep", "")]


def test_keep_wins_over_archive_over_expire():
    every = [
        Rule("e", Action.EXPIRE, older_than_days=1),
        Rule("a", Action.ARCHIVE, older_than_days=5),
        Rule("k", Action.KEEP, tags=("v*",)),
    ]
    repository = [image(9, "v1", "dev"), image(8, "dev2"), image(2, "x")]
    assert outcome(every, *repository) == [("keep", "k"), ("archive", "a"), ("expire", "e")]


@given(rules(), images())
def test_the_order_of_rules_and_images_does_not_matter(wanted, repository):
    def told_of(some_rules, some_images):
        decisions = simulate(some_rules, some_images, NOW)
        return {decision.image.digest: decision.action for decision in decisions}

    assert told_of(wanted, repository) == told_of(wanted[::-1], repository[::-1])
