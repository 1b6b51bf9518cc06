from collections.abc import Iterator

from dockyard.checks.acr import REGISTRIES, is_on, registry

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is not None and is_on(found, "anonymousPullEnabled"):
        yield "anonymousPullEnabled opens every repository of the registry: turn it off, it cannot be held to some"


RULE = Rule(
    name="acr-anonymous-pull",
    description="Anonymous pull shows every image of the registry to the whole internet.",
    severity=Severity.CRITICAL,
    types=REGISTRIES,
    considerations=(2, 8),
    practices=(4,),
    references=("MCSB IM-1",),
    validate=validate,
)
