"""Waivers: what they excuse, for how long, and what is said of those that excuse nothing any more."""

import json
from datetime import date

import pytest
from dockyard.engine.violations import Violation
from dockyard.engine.waivers import EXPIRED, UNUSED, Waiver, apply, read
from dockyard.errors import DockyardError, ProblemsError

TODAY = date(2026, 3, 1)
URN = "urn:pulumi:dev::shop::dockyard:index:EcrRegistry$aws:ecr/repository:Repository::api"
FOUND = Violation("ecr-immutable-tags", True, "set IMMUTABLE", URN)
GIVEN = {"rule": "ecr-immutable-tags", "resource": "api", "reason": "old clients", "until": "2026-03-01"}


def waiver(**other):
    (made,) = read(json.dumps([{**GIVEN, **other}]), "policy:waivers", TODAY)
    return made


@pytest.mark.parametrize("resource", [URN, "api"])
def test_a_resource_is_named_by_urn_or_name(resource):
    counting, waived = apply([FOUND], [waiver(resource=resource)], TODAY)
    assert counting == []
    assert waived[0].violation is FOUND


@pytest.mark.parametrize("other", [{"resource": "*"}, {"resource": "ap"}, {"rule": "ecr-scan-on-push"}])
def test_what_a_waiver_does_not_name_counts(other):
    """And the waiver is reported, as advice."""
    counting, waived = apply([FOUND], [waiver(**other)], TODAY)
    assert waived == []
    assert counting[0] is FOUND
    assert [(note.policy, note.mandatory) for note in counting[1:]] == [(UNUSED, False)]
    assert "excuses nothing" in counting[1].message


def test_a_waiver_holds_on_its_last_day_and_ends_after_it():
    """From then on the violation counts again, and the waiver is named."""
    held = waiver()
    assert apply([FOUND], [held], TODAY)[0] == []
    counting, waived = apply([FOUND], [held], date(2026, 3, 2))
    assert waived == []
    assert [found.policy for found in counting] == ["ecr-immutable-tags", EXPIRED]
    assert "old clients" in counting[1].message
    assert "ended on 2026-03-01" in counting[1].message
    assert not counting[1].mandatory


def test_one_that_is_over_takes_nothing_from_one_that_holds():
    over, held = waiver(until="2026-02-01"), waiver(until="2026-04-01", resource=URN)
    counting, waived = apply([FOUND, FOUND], [over, held], TODAY)
    assert [found.policy for found in counting] == [EXPIRED]
    assert [found.waiver for found in waived] == [held, held]


def test_a_violation_of_the_stack_as_a_whole_has_a_name_too():
    found = Violation("region-allowed", True, "no")
    assert apply([found], [Waiver(found.policy, "stack", "x", TODAY)], TODAY)[0] == []
    assert apply([found], [Waiver(found.policy, "api", "x", TODAY)], TODAY)[0][0] is found


def test_all_that_is_wrong_with_waivers_is_told_at_once():
    wrong = [
        {key: GIVEN[key] for key in ("rule", "resource")},
        {**GIVEN, "reason": "  ", "until": "soon", "who": "me"},
        {**GIVEN, "until": "2027-03-03", "resource": 7},
        "all",
    ]
    with pytest.raises(ProblemsError) as caught:
        read(json.dumps(wrong), "policy:waivers", TODAY)
    said = {(problem.path, problem.message.split(",")[0]) for problem in caught.value.problems}
    assert said == {
        ("policy:waivers/0/reason", "is required"),
        ("policy:waivers/0/until", "is required"),
        ("policy:waivers/1/who", "unknown key"),
        ("policy:waivers/1/reason", "must be a text that says something"),
        ("policy:waivers/1/until", "must be a date"),
        ("policy:waivers/2/resource", "must be a text that says something"),
        ("policy:waivers/2/until", "must be at most 366 days ahead"),
        ("policy:waivers/3", "must be an object"),
    }


def test_a_year_ahead_is_the_most():
    assert waiver(until="2027-03-02").until == date(2027, 3, 2)
    with pytest.raises(ProblemsError, match="2027-03-02"):
        waiver(until="2027-03-03")


@pytest.mark.parametrize("setting", ["{}", '"all"', "7"])
def test_waivers_are_a_list(setting):
    with pytest.raises(ProblemsError, match="must be a list"):
        read(setting, "policy:waivers", TODAY)


def test_what_is_no_json_is_an_error():
    with pytest.raises(DockyardError, match="policy:waivers: is no JSON"):
        read("[", "policy:waivers", TODAY)


def test_no_waivers_are_none():
    assert read(None, "policy:waivers", TODAY) == ()
