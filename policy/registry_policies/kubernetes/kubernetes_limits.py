from collections.abc import Iterator

from dockyard.checks.pods import TYPES, containers
from dockyard.checks.values import at, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for container in containers(resource_type, properties):
        limits = at(container.content, "resources", "limits")
        absent = [name for name in texts(config["limits"]) if at(limits, name) is None]
        if absent:
            yield f"{container.label} has no limit of {' and '.join(absent)}: set it in resources.limits"


RULE = Rule(
    name="kubernetes-limits",
    description="A container without limits takes what its neighbours on the node need.",
    severity=Severity.LOW,
    types=TYPES,
    considerations=(5,),
    practices=(9,),
    config={
        "limits": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["cpu", "memory"],
            "description": "Resources that a container must have a limit of.",
        }
    },
    advisory=True,
    validate=validate,
)
