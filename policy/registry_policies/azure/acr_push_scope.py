import re
from collections.abc import Iterator

from dockyard.checks.values import UNKNOWN, first, text

from registry_policies.rule import Config, Properties, Rule, Severity

HELD = ("2a1e307c-b015-4ebd-883e-5b7698a07328", "2efddaa5-3f1f-4df3-97df-af3f13818f4c")
"""Container Registry Repository Writer and Contributor: they take a condition."""
PUSH = {
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "2a1e307c-b015-4ebd-883e-5b7698a07328": "Container Registry Repository Writer",
    "2efddaa5-3f1f-4df3-97df-af3f13818f4c": "Container Registry Repository Contributor",
}
_ABOVE = re.compile(
    r"/|/subscriptions/[^/]+(/resourcegroups/[^/]+)?|/providers/microsoft\.management/managementgroups/[^/]+"
)


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    role = _role(properties)
    scope = first(properties, "scope")
    if not role:
        return
    if _ABOVE.fullmatch(text(scope).rstrip("/").lower() or "/") and isinstance(scope, str):
        yield f"{PUSH[role]} at {scope!r} pushes to every registry there: give it at the registry"
    elif config["wholeRegistry"] is not True and scope is not UNKNOWN:
        if role not in HELD:
            yield f"{PUSH[role]} pushes to every repository: use {PUSH[HELD[0]]} with a condition on their names"
        elif first(properties, "condition") in (None, ""):
            yield f"{PUSH[role]} has no condition and pushes to every repository: add one on their names"


def _role(properties: Properties) -> str:
    """The GUID of the role, where it is one that pushes."""
    given = text(first(properties, "roleDefinitionId")).rpartition("/")[2].lower()
    name = text(first(properties, "roleDefinitionName"))
    return given if given in PUSH else next((guid for guid in PUSH if PUSH[guid] == name), "")


RULE = Rule(
    name="acr-push-scope",
    description="A role above the registry lets one workflow that is taken over replace images in every registry there.",
    severity=Severity.HIGH,
    types=("azure-native:authorization:RoleAssignment", "azure:authorization/assignment:Assignment"),
    considerations=(2, 5),
    practices=(4, 7),
    references=("MCSB PA-7",),
    config={
        "wholeRegistry": {
            "type": "boolean",
            "default": True,
            "description": "Whether a role may push to all repositories of one registry.",
        }
    },
    validate=validate,
)
