from collections.abc import Iterator

from dockyard.checks.addresses import beyond_loopback
from dockyard.checks.values import UNKNOWN, at, first, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if not beyond_loopback(texts(at(properties, "listen"))):
        return
    for key, other in (("memoryLimit", "memory_limit"), ("cpuLimit", "cpu_limit")):
        if not first(properties, key, other) and first(properties, key, other) is not UNKNOWN:
            yield f"has no {key}: set one, so that many pulls at once leave the host its own (systemd)"


RULE = Rule(
    name="self-hosted-limits",
    description="A registry that takes all of its host's memory takes the host along.",
    severity=Severity.LOW,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(9,),
    practices=(9,),
    advisory=True,
    validate=validate,
)
