from collections.abc import Iterator

from dockyard.checks.upstreams import TYPES, untrusted
from dockyard.checks.values import texts

from registry_policies.rule import Config, Properties, Rule, Severity, names


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    yield from untrusted(resource_type, properties, texts(config["allowed"]))


RULE = Rule(
    name="trusted-upstreams",
    description="A registry that keeps copies of another one serves whatever that one serves, under a trusted name.",
    severity=Severity.HIGH,
    types=TYPES,
    considerations=(1, 3),
    practices=(5, 6),
    config={
        "allowed": names("Registries that may be copied, such as public.ecr.aws; with none every one may.")
    },
    validate=validate,
)
