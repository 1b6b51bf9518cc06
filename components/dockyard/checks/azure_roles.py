"""Built-in roles of Azure that push to registries.

Source: "Azure Container Registry Entra permissions and roles overview".
"""

from collections.abc import Mapping
from typing import Any

from dockyard.checks.values import text

ACR_PUSH, WRITER, CONTRIBUTOR = (
    "AcrPush",
    "Container Registry Repository Writer",
    "Container Registry Repository Contributor",
)
_GUIDS = {
    "8311e382-0749-4cb8-b61a-304f252e45ec": ACR_PUSH,
    "2a1e307c-b015-4ebd-883e-5b7698a07328": WRITER,
    "2efddaa5-3f1f-4df3-97df-af3f13818f4c": CONTRIBUTOR,
}
CONDITIONED = (WRITER, CONTRIBUTOR)
"""Those that take a condition on the names of repositories."""


def pushing_role(properties: Mapping[str, Any]) -> str:
    """The name of the role that an assignment gives, where it is one that pushes; "" for any other, or one that is not known yet."""
    guid = text(properties.get("roleDefinitionId")).rpartition("/")[2].lower()
    name = text(properties.get("roleDefinitionName"))
    return _GUIDS.get(guid, name if name in _GUIDS.values() else "")
