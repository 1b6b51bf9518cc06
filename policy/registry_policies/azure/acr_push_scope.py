import re
from collections.abc import Iterator

from dockyard.checks.azure_roles import CONDITIONED, WRITER, pushing_role
from dockyard.checks.values import UNKNOWN

from registry_policies.rule import Config, Properties, Rule, Severity, switch

_ABOVE = re.compile(
    r"/|/subscriptions/[^/]+(/resourcegroups/[^/]+)?|/providers/microsoft\.management/managementgroups/[^/]+"
)


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    role, scope = pushing_role(properties), properties.get("scope")
    if not role:
        return
    if isinstance(scope, str) and _ABOVE.fullmatch(scope.rstrip("/").lower() or "/"):
        yield f"{role} at {scope!r} pushes to every registry there: give it at the registry"
    elif config["wholeRegistry"] is not True and scope is not UNKNOWN:
        if role not in CONDITIONED:
            yield f"{role} pushes to every repository: use {WRITER} with a condition on their names"
        elif properties.get("condition") in (None, ""):
            yield f"{role} has no condition and pushes to every repository: add one on their names"


RULE = Rule(
    name="acr-push-scope",
    description="A role above the registry lets one workflow that is taken over replace images in every registry there.",
    severity=Severity.HIGH,
    types=("azure-native:authorization:RoleAssignment", "azure:authorization/assignment:Assignment"),
    considerations=(2, 5),
    practices=(4, 7),
    references=("MCSB PA-7",),
    config={
        "wholeRegistry": switch("Whether a role may push to all repositories of one registry.", default=True)
    },
    validate=validate,
)
