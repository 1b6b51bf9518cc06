"""Registries of Azure, whichever provider makes them, in the words of Azure's REST API.

Source: "Microsoft.ContainerRegistry registries" of the template reference.
"""

from collections.abc import Mapping
from typing import Any

from dockyard.checks.values import UNKNOWN, at, flag, text

NATIVE = "azure-native:containerregistry:Registry"
GENERIC = "azure-native:resources:Resource"
CLASSIC = "azure:containerservice/registry:Registry"
REGISTRIES = (NATIVE, GENERIC, CLASSIC)
LATER = "(later)"
_FLAGS = {
    "adminEnabled": "adminUserEnabled",
    "anonymousPullEnabled": "anonymousPullEnabled",
    "dataEndpointEnabled": "dataEndpointEnabled",
}
_POLICIES = {
    "exportPolicyEnabled": "exportPolicy",
    "trustPolicyEnabled": "trustPolicy",
    "quarantinePolicyEnabled": "quarantinePolicy",
}


def generic_type(resource_type: str, properties: Mapping[str, Any]) -> str:
    """The type that a generic resource is of, in lower case: `microsoft.containerregistry/registries/tasks`.

    "" for anything else, LATER for one that is known during the deployment only.
    """
    if resource_type != GENERIC:
        return ""
    namespace, kind, parent = (
        at(properties, key) for key in ("resourceProviderNamespace", "resourceType", "parentResourcePath")
    )
    if UNKNOWN in (namespace, kind):
        return LATER
    # registries/NAME says which parent: its type is every second part. A path that is not known yet is that of a child.
    above = ["registries"] if parent is UNKNOWN else text(parent).strip("/").split("/")[::2]
    parts = [text(namespace), *(above if text(kind).lower() != "registries" else ()), text(kind)]
    return "/".join(part.strip("/") for part in parts if part).lower()


def registry(resource_type: str, properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The registry's properties, with `sku` as a text; None where the resource is no registry."""
    if resource_type == CLASSIC:
        return _classic(properties)
    if resource_type == NATIVE:
        return {**properties, "sku": _sku(properties)}
    if generic_type(resource_type, properties) != "microsoft.containerregistry/registries":
        return None
    body = at(properties, "properties")
    if body is UNKNOWN:
        # Nothing of it can be told: every property is unknown.
        return _AllUnknown()
    inner = body if isinstance(body, Mapping) else {}
    return {**inner, "sku": _sku(properties), "location": at(properties, "location")}


class _AllUnknown(dict[str, Any]):
    def get(self, key: str, default: Any = None) -> Any:
        return UNKNOWN


def _sku(properties: Mapping[str, Any]) -> Any:
    return at(properties, "sku", "name")


def _classic(properties: Mapping[str, Any]) -> dict[str, Any]:
    """From the words of the classic provider, which leaves out what has its default."""
    found = {ours: properties.get(theirs) for theirs, ours in _FLAGS.items()}
    policies: dict[str, Any] = {
        ours: {"status": _word(properties.get(theirs))} for theirs, ours in _POLICIES.items()
    }
    days = properties.get("retentionPolicyInDays")
    policies["retentionPolicy"] = {"status": UNKNOWN if days is UNKNOWN else "enabled" if days else None}
    return found | {
        "publicNetworkAccess": _word(properties.get("publicNetworkAccessEnabled")),
        "networkRuleSet": properties.get("networkRuleSet"),
        "policies": policies,
        "sku": properties.get("sku"),
        "encryption": _key(properties.get("encryption")),
        "georeplications": properties.get("georeplications"),
    }


def _key(encryption: Any) -> Any:
    if encryption is UNKNOWN or encryption is None:
        return encryption
    return {"status": "enabled", "keyVaultProperties": {"keyIdentifier": at(encryption, "keyVaultKeyId")}}


def _word(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    return {True: "Enabled", False: "Disabled", None: None}[flag(value)]


def is_on(properties: Mapping[str, Any], *path: str, default: bool = False) -> bool | None:
    """Whether something is Enabled, or true; the default where it is left out or no such word, None where it is unknown."""
    value = at(properties, *path)
    if value is UNKNOWN:
        return None
    known = flag(value)
    return {"enabled": True, "disabled": False}.get(text(value).lower(), default) if known is None else known
