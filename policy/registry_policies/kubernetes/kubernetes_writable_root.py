from collections.abc import Iterator

from dockyard.checks.pods import TYPES, containers
from dockyard.checks.values import UNKNOWN, at, flag

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for container in containers(resource_type, properties):
        value = at(container.content, "securityContext", "readOnlyRootFilesystem")
        if value is not UNKNOWN and not flag(value):
            yield f"{container.label} may change its own files: set readOnlyRootFilesystem, and mount what it writes to"


RULE = Rule(
    name="kubernetes-writable-root",
    description="Whoever takes over a container that may change its files can leave a program there.",
    severity=Severity.LOW,
    types=TYPES,
    considerations=(5,),
    practices=(4,),
    advisory=True,
    validate=validate,
)
