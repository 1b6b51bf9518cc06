from collections.abc import Iterator

from dockyard.checks.ecr import POLICIES, policy_of
from dockyard.checks.repository_policy import overbroad

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    document = policy_of(resource_type, properties)
    if document.problem:
        yield f"the policy {document.problem}: write one with a Statement, or leave the resource out"
    yield from overbroad(document)


RULE = Rule(
    name="ecr-policy-actions",
    description="Whoever may change a repository's settings or delete its images can undo every other rule.",
    severity=Severity.HIGH,
    types=tuple(POLICIES),
    considerations=(2, 5),
    practices=(4,),
    validate=validate,
)
