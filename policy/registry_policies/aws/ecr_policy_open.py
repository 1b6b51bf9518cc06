from collections.abc import Iterator

from dockyard.checks.ecr import POLICIES, policy_of
from dockyard.checks.repository_policy import open_to_everybody

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    document = policy_of(resource_type, properties)
    if document.problem:
        yield f"the policy {document.problem}: write one with a Statement, or leave the resource out"
    yield from open_to_everybody(document)


RULE = Rule(
    name="ecr-policy-open",
    description="A policy that lets everybody in makes a private repository public to every account of AWS.",
    severity=Severity.CRITICAL,
    types=tuple(POLICIES),
    considerations=(2, 8),
    practices=(4,),
    validate=validate,
)
