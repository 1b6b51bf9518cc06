from collections.abc import Iterator

from dockyard.checks.gar import REPOSITORY, holds_images
from dockyard.checks.values import UNKNOWN, at, quoted

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    # There is no way to force it: INHERITED, the default, follows the project's API.
    value = at(properties, "vulnerabilityScanningConfig", "enablementConfig")
    if holds_images(properties) and value is not UNKNOWN and value not in (None, "INHERITED"):
        shown = "DISABLED" if value == "DISABLED" else quoted(value)
        yield f"vulnerabilityScanningConfig.enablementConfig is {shown}: leave it out, or set INHERITED"


RULE = Rule(
    name="gar-scanning",
    description="What is never scanned is deployed with the vulnerabilities that everybody else knows of.",
    severity=Severity.HIGH,
    types=(REPOSITORY,),
    considerations=(4,),
    practices=(2,),
    validate=validate,
)
