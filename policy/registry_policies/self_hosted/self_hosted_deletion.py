from collections.abc import Iterator

from dockyard.checks.values import at

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if at(properties, "deletion") == "delete":
        yield "destroying it deletes every image: leave deletion out, which retains them"


RULE = Rule(
    name="self-hosted-deletion",
    description="A registry that is destroyed with its images takes along what is deployed.",
    severity=Severity.MEDIUM,
    types=("dockyard:index:SelfHostedRegistry", "dockyard:index:Host"),
    considerations=(10,),
    practices=(8,),
    validate=validate,
)
