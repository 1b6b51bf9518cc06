from collections.abc import Iterator

from dockyard.checks.addresses import everywhere
from dockyard.checks.values import at, quoted, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    listen = texts(at(properties, "listen"))
    open_ones = sorted(filter(everywhere, listen))
    if open_ones:
        yield (
            f"listens on every address of its host ({quoted(open_ones)}): name those in listen from which it is to be reached, "
            "or see that a firewall stands before it"
        )


RULE = Rule(
    name="self-hosted-network",
    description="Who cannot reach a registry cannot attack it, and a host gets further networks without anybody thinking of it.",
    severity=Severity.MEDIUM,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(8,),
    practices=(4,),
    advisory=True,
    validate=validate,
)
