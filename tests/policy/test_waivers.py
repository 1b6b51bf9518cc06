"""Waivers: for one rule and one resource, with a reason, until a day; never silent."""

import datetime

import pytest
from dockyard.checks.waivers import LONGEST
from registry_policies.waivers import Register

TODAY = datetime.date(2026, 11, 24)
URN = "urn:pulumi:dev::p::aws:ecr/repository:Repository::images-api"
WAIVER = {
    "rule": "ecr-immutable-tags",
    "resource": "images-api",
    "reason": "moves in December",
    "until": "2026-12-31",
}


def register(*given):
    made = Register(TODAY)
    made.set(given)
    return made


@pytest.mark.parametrize("resource", ["images-api", URN])
def test_a_waiver_covers_its_rule_at_its_resource_and_says_so(resource):
    made = register({**WAIVER, "resource": resource})
    assert made.covers("ecr-immutable-tags", URN, "tags can be moved")
    (line,) = made.report()
    assert line == (
        f"waived until 2026-12-31: ecr-immutable-tags at {resource}: tags can be moved (reason: moves in December)"
    )


@pytest.mark.parametrize(
    ("rule", "urn"),
    [
        ("ecr-encryption", URN),
        ("ecr-immutable-tags", f"{URN}2"),
        ("ecr-immutable-tags", URN.replace("images-api", "other-images-api")),
        ("ecr-immutable-tags", ""),
    ],
)
def test_it_covers_nothing_else(rule, urn):
    made = register(WAIVER)
    assert not made.covers(rule, urn, "x")
    assert list(made.report()) == ["the waiver of ecr-immutable-tags at images-api covers nothing: remove it"]


def test_the_stack_as_a_whole_has_a_name_too():
    assert register({**WAIVER, "resource": "stack"}).covers("ecr-immutable-tags", "", "x")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"until": "2026-11-23"}, "it ended on 2026-11-23"),
        ({"until": "2027-13-01"}, "its end '2027-13-01' is no date"),
        ({"until": "2029-01-01"}, f"more than {LONGEST.days} days away"),
        ({"reason": "  "}, "it has no reason"),
    ],
)
def test_one_that_does_not_hold_covers_nothing_and_is_told(more, why):
    made = register({**WAIVER, **more})
    assert not made.covers("ecr-immutable-tags", URN, "x")
    (line,) = made.report()
    assert why in line
    assert line.endswith("the violation counts")


def test_its_last_day_counts():
    assert register({**WAIVER, "until": "2026-11-24"}).covers("ecr-immutable-tags", URN, "x")


@pytest.mark.parametrize("given", [{}, {"rule": 5}, {"rule": "ecr-immutable-tags", "resource": None}])
def test_a_malformed_one_covers_nothing(given):
    assert not register(given).covers("ecr-immutable-tags", URN, "x")


def test_those_of_an_earlier_run_are_forgotten():
    made = register(WAIVER)
    made.covers("ecr-immutable-tags", URN, "x")
    made.set([])
    assert not made.covers("ecr-immutable-tags", URN, "x")
    assert list(made.report()) == []
