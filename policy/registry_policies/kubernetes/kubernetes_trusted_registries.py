from collections.abc import Iterator

from dockyard.checks.images import comes_from
from dockyard.checks.pods import TYPES, containers
from dockyard.checks.values import at, text, texts

from registry_policies.rule import Config, Properties, Rule, Severity, names


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    trusted = texts(config["registries"])
    if not trusted:
        return
    for container in containers(resource_type, properties):
        image = text(at(container.content, "image"))
        if image.strip() and not comes_from(image, trusted):
            yield f"{container.label}: {image} is of none of the trusted registries: copy it into {trusted[0]}"


RULE = Rule(
    name="kubernetes-trusted-registries",
    description="An image of a registry that nobody vouches for is run with the rights of the workload.",
    severity=Severity.HIGH,
    types=TYPES,
    considerations=(1,),
    practices=(6,),
    config={
        "registries": names(
            "Hosts that images may come from, perhaps with the beginning of a path; `*.` for all below a domain. "
            "While there are none, nothing is judged."
        )
    },
    validate=validate,
)
