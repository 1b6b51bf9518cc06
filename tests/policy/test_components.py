"""What our own components make breaks none of the rules that stop a deployment."""

import pytest
from dockyard.checks.tokens import canonical
from registry_policies.rule import Resource, StackRule
from registry_policies.rules import RULES

from tests.contract.cases import CASES
from tests.support.recorder import recording

MEANT = {
    "EcrRegistry": set(),
    "GarRegistry": set(),
    "AcrRegistry": {"acr-audit-log", "acr-public-network"},
    "SelfHostedRegistry": set(),
}
"""Advisory rules that a default breaks, because another one would keep people out."""


@pytest.fixture(autouse=True)
def no_registry_is_asked(monkeypatch):
    monkeypatch.setattr("dockyard.azure.login.refresh_token", lambda host, tenant, token: "word")


def broken(registered) -> dict[str, list[str]]:
    """The messages, by the names of the rules."""
    resources = [
        Resource(
            canonical(each.typ), each.name, f"urn:pulumi:dev::case::{each.typ}::{each.name}", each.inputs
        )
        for each in registered
    ]
    found: dict[str, list[str]] = {}
    for rule in RULES:
        if isinstance(rule, StackRule):
            messages = [violation.message for violation in rule.judge(resources)]
        else:
            messages = [m for each in resources for m in rule.judge(each.type, each.properties)]
        if messages:
            found[rule.name] = messages
    return found


def judged(case, **args) -> dict[str, list[str]]:
    with recording(case.outputs, case.answers) as recorder:
        return broken(recorder.run(lambda: case.make("images", **args)).registered)


@pytest.mark.parametrize("more", [False, True], ids=["least", "most"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_component_breaks_no_rule_but_the_ones_that_its_defaults_are_meant_to(case, more):
    args = {"retention": {"untagged_days": 3}} if case.name != "SelfHostedRegistry" else {}
    found = judged(case, **(args | case.more if more else args))
    assert set(found) <= MEANT[case.name] if more else set(found) == MEANT[case.name], found


@pytest.mark.parametrize(
    ("name", "args", "rules"),
    [
        (
            "EcrRegistry",
            {"immutable_tags": False, "scan_on_push": False},
            {"ecr-immutable-tags", "ecr-scan-on-push"},
        ),
        ("EcrRegistry", {"deletion": "force"}, {"ecr-force-delete"}),
        (
            "GarRegistry",
            {"immutable_tags": False, "deletion": "force"},
            {"gar-immutable-tags", "gar-deletion-policy"},
        ),
        ("AcrRegistry", {"anonymous_pull": True}, {"acr-anonymous-pull"}),
    ],
)
def test_what_a_component_is_told_to_give_up_breaks_a_rule(name, args, rules):
    case = next(case for case in CASES if case.name == name)
    assert rules <= set(judged(case, **args))
