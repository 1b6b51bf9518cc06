"""Every rule against its cases, and against what nobody thought of."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dockyard.checks.tokens import canonical
from dockyard.checks.values import UNKNOWN
from registry_policies.rule import Resource, StackRule
from registry_policies.rules import BY_NAME, RULES

from tests.policy.cases import KINDS, Case, all_cases, known, stack_resources

CASES = list(all_cases())
JUNK = (
    None,
    5,
    -1.5,
    True,
    "",
    "x",
    "{",
    "[]",
    "null",
    [],
    {},
    [None],
    [[]],
    {"x": None},
    [UNKNOWN],
    UNKNOWN,
)


def judge(rule_name: str, content: dict[str, Any]) -> list[str]:
    """The messages of a case's rule."""
    rule = BY_NAME[rule_name]
    if isinstance(rule, StackRule):
        resources = [
            Resource(**(each | {"type": canonical(each["type"])}))
            for each in stack_resources(content, UNKNOWN)
        ]
        return [violation.message for violation in rule.judge(resources, content.get("config"))]
    return rule.judge(content["type"], known(content["properties"], UNKNOWN), content.get("config"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_gives_the_violations_that_it_expects_and_no_others(case: Case):
    found = judge(case.rule, case.content)
    expected = case.content["expected"]
    assert len(found) == len(expected), found
    for part, message in zip(expected, found, strict=True):
        assert part in message
    if case.kind in ("pass", "fail"):
        assert bool(found) is (case.kind == "fail")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_cases_that_pass_that_fail_and_that_are_malformed(rule):
    assert {case.kind for case in CASES if case.rule == rule.name} == set(KINDS)


def test_every_case_is_of_a_rule():
    assert {case.rule for case in CASES} <= set(BY_NAME)


def test_every_resource_type_of_a_rule_has_a_case_that_passes_and_one_that_fails():
    for rule in RULES:
        if isinstance(rule, StackRule):
            continue
        for kind in ("pass", "fail"):
            judged = {canonical(c.content["type"]) for c in CASES if c.rule == rule.name and c.kind == kind}
            assert {each for each in rule.types if "*" not in each} <= judged, f"{rule.name}: {kind}"


def parsed(value: Any) -> Any:
    """The object or list that a text holds: checks take both."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def changed(value: Any, replacement: Any) -> Iterator[Any]:
    """The value with each of its parts replaced in turn, also of documents that are text."""
    value = parsed(value)
    entries = list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, part in entries:
        for other in (replacement, *changed(part, replacement)):
            copy: Any = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = other
            yield copy


def variants(case: Case, replacement: Any) -> Iterator[dict[str, Any]]:
    content = case.content
    if "resources" not in content:
        for properties in changed(content["properties"], replacement):
            yield content | {"properties": properties}
        return
    for index, entry in enumerate(content["resources"]):
        for properties in changed(entry.get("properties", {}), replacement):
            resources = list(content["resources"])
            resources[index] = entry | {"properties": properties}
            yield content | {"resources": resources}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_no_value_anywhere_makes_a_rule_raise(case: Case):
    for junk in JUNK:
        for content in variants(case, junk):
            assert all(isinstance(message, str) and message for message in judge(case.rule, content))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.config], ids=lambda rule: rule.name)
def test_no_threshold_makes_a_rule_raise(rule):
    for case in (case for case in CASES if case.rule == rule.name):
        for key in rule.config:
            for junk in JUNK:
                judge(case.rule, case.content | {"config": {key: junk}})


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "pass"], ids=lambda case: case.id)
def test_what_passes_still_passes_while_a_part_of_it_is_unknown(case: Case):
    for content in variants(case, UNKNOWN):
        assert judge(case.rule, content) == []
