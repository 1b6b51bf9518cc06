from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dockyard.checks.certificates import ends
from dockyard.checks.values import at, number, text

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    notice = min(number(config["notice"]) or 0, 3650)
    end = ends(text(at(properties, "certificate", "certificate")))
    if end is not None and end < datetime.now(UTC) + timedelta(days=notice):
        yield f"its certificate ends on {end:%Y-%m-%d}: give it a new one, or leave certificate out for one that `up` renews"


RULE = Rule(
    name="self-hosted-certificate-end",
    description="A certificate that ends stops every pull and push, and nothing here renews one that was given.",
    severity=Severity.HIGH,
    types=("dockyard:index:SelfHostedRegistry",),
    considerations=(3,),
    practices=(5,),
    config={"notice": {"type": "number", "default": 30, "description": "Days that it must be valid for."}},
    validate=validate,
)
