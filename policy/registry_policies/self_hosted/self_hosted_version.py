from collections.abc import Iterator

from dockyard.checks.addresses import beyond_loopback
from dockyard.checks.values import at, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    version = at(properties, "version")
    if version not in (None, "2") or not beyond_loopback(texts(at(properties, "listen"))):
        return
    yield (
        "runs registry:2, whose last release, 2.8.3, is of October 2023: set version to 3 and program to a registry of "
        "3.1.1 or later"
    )


RULE = Rule(
    name="self-hosted-version",
    description="registry:2 gets no more fixes, and a crash can leave it with an empty link; 3.1 writes links in one step.",
    severity=Severity.LOW,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(9,),
    practices=(9,),
    advisory=True,
    validate=validate,
)
