"""A registry as Azure Resource Manager takes it: the type, and its properties in the words of the REST API.

Source: "Microsoft.ContainerRegistry registries" of the template reference, in the version below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAMESPACE = "Microsoft.ContainerRegistry"
TYPE = "registries"
API_VERSION = "2025-06-01-preview"
MODES = {"abac": "AbacRepositoryPermissions", "legacy": "LegacyRegistryPermissions"}
_DAYS = 7
"""What Azure shows for a policy that is off."""


@dataclass(frozen=True)
class Properties:
    """What the registry itself is told. 0 days: the policy is off."""

    sku: str = "Standard"
    role_assignments: str = "abac"
    anonymous_pull: bool = False
    public_network_access: bool = True
    ip_rules: tuple[str, ...] = ()
    trusted_services: bool = True
    tasks_bypass: bool = False
    export: bool = True
    data_endpoints: bool = False
    untagged_policy_days: int = 0
    soft_delete_days: int = 0
    arm_tokens: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further properties, from what belongs to the registry: its key."""

    @property
    def is_restricted(self) -> bool:
        """Whether it can be reached from some places only."""
        return bool(self.ip_rules) or not self.public_network_access

    def body(self) -> dict[str, Any]:
        """The properties. What lower tiers do not have is left out of them: Azure refuses it even where it is off."""
        body = {
            "adminUserEnabled": False,
            "anonymousPullEnabled": self.anonymous_pull,
            "roleAssignmentMode": MODES[self.role_assignments],
            "publicNetworkAccess": _word(self.public_network_access),
            "networkRuleBypassOptions": "AzureServices" if self.trusted_services else "None",
            "policies": {
                "azureADAuthenticationAsArmPolicy": {"status": _word(self.arm_tokens).lower()},
                "softDeletePolicy": _policy("retentionDays", self.soft_delete_days),
            },
            **self.more,
        }
        if self.sku != "Premium":
            return body
        body["policies"] |= {
            "exportPolicy": {"status": _word(self.export).lower()},
            "retentionPolicy": _policy("days", self.untagged_policy_days),
        }
        rules = [{"action": "Allow", "value": rule} for rule in self.ip_rules]
        return body | {
            "dataEndpointEnabled": self.data_endpoints,
            "networkRuleBypassAllowedForTasks": self.tasks_bypass,
            "networkRuleSet": {"defaultAction": "Deny" if self.is_restricted else "Allow", "ipRules": rules},
        }


def _word(on: bool) -> str:
    return "Enabled" if on else "Disabled"


def _policy(key: str, days: int) -> dict[str, Any]:
    return {"status": _word(bool(days)).lower(), key: days or _DAYS}
