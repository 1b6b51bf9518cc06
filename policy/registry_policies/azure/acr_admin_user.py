from collections.abc import Iterator

from dockyard.checks.acr import REGISTRIES, is_on, registry

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is not None and is_on(found, "adminUserEnabled"):
        yield "the admin user is on: turn it off, and give identities roles or repository-scoped tokens"


RULE = Rule(
    name="acr-admin-user",
    description="The admin user is one password for everything, never expires, and the log names nobody.",
    severity=Severity.HIGH,
    types=REGISTRIES,
    considerations=(2, 6, 7),
    practices=(4, 10),
    references=("MCSB IM-1",),
    validate=validate,
)
