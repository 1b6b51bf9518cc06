from collections.abc import Iterator

from dockyard.checks.acr import REGISTRIES, is_on, registry
from dockyard.checks.values import UNKNOWN, at, number

from registry_policies.rule import Config, Properties, Rule, Severity

DAYS = {"softDeletePolicy": ("retentionDays", 1, 90), "retentionPolicy": ("days", 0, 365)}


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is None:
        return
    on = {name: is_on(found, "policies", name, "status") for name in (*DAYS, "trustPolicy")}
    if on["softDeletePolicy"] and on["retentionPolicy"]:
        yield "Azure does not take softDeletePolicy and retentionPolicy together: turn one of them off"
    for name, (key, least, most) in DAYS.items():
        days = at(found, "policies", name, key)
        if not on[name] or days is None or days is UNKNOWN:
            continue
        value = number(days)
        if value is None or not least <= value <= most:
            yield f"policies.{name}.{key} must be {least} to {most} days"
    if on["trustPolicy"]:
        yield "content trust can no longer be turned on for a new registry: sign with Notation or cosign instead"


RULE = Rule(
    name="acr-policy-conflicts",
    description="Policies that exclude each other fail during the deployment, or guard nothing once it is done.",
    severity=Severity.MEDIUM,
    types=REGISTRIES,
    considerations=(10,),
    practices=(3, 8),
    validate=validate,
)
