from collections.abc import Iterator

from dockyard.checks.images import moves
from dockyard.checks.pods import TYPES, containers
from dockyard.checks.values import at, text

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for container in containers(resource_type, properties):
        image = text(at(container.content, "image"))
        why = moves(image) if image.strip() else ""
        if why:
            yield f"{container.label}: {image} {why}: name a version, or better its digest"


RULE = Rule(
    name="kubernetes-image-tag",
    description="What is tagged latest is another image after the next push: two pods of one workload run different programs.",
    severity=Severity.MEDIUM,
    types=TYPES,
    considerations=(1, 10),
    practices=(1,),
    validate=validate,
)
