"""What of Azure Container Registry goes with which tier, and what does not go together.

Source: "Azure Container Registry SKU features and limits"; "Soft delete policy"; "Retention policy for untagged manifests"; "Disable export
of artifacts"; "Configure public IP network rules"; "Content trust deprecation". What other modules require of all tiers although Azure does
not (cache rules, tokens, zones) is not required here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockyard.errors import Problem

TIERS = ("Basic", "Standard", "Premium")


@dataclass(frozen=True)
class Choice:
    """What was asked for, as far as it matters to the rest."""

    sku: str = "Standard"
    anonymous_pull: bool = False
    public_network_access: bool = True
    ip_rules: bool = False
    export: bool = True
    data_endpoints: bool = False
    untagged_policy_days: bool = False
    soft_delete_days: bool = False
    private_endpoints: bool = False
    replicas: bool = False
    encryption: bool = False
    cache: bool = False


NEEDS: dict[str, tuple[str, Callable[[Choice], bool]]] = {
    "anonymous_pull": ("Standard", lambda choice: choice.anonymous_pull),
    "public_network_access": ("Premium", lambda choice: not choice.public_network_access),
    "ip_rules": ("Premium", lambda choice: choice.ip_rules),
    "export": ("Premium", lambda choice: not choice.export),
    "data_endpoints": ("Premium", lambda choice: choice.data_endpoints),
    "untagged_policy_days": ("Premium", lambda choice: choice.untagged_policy_days),
    "private_endpoints": ("Premium", lambda choice: choice.private_endpoints),
    "replicas": ("Premium", lambda choice: choice.replicas),
    "encryption": ("Premium", lambda choice: choice.encryption),
}
"""Argument to the lowest tier that has it, and when it is asked for. What is not here every tier has."""

CONFLICTS: tuple[tuple[str, Callable[[Choice], bool], str, str], ...] = (
    (
        "soft_delete_days",
        lambda choice: choice.soft_delete_days and choice.untagged_policy_days,
        "does not go with untagged_policy_days",
        "leave out one of them; `retention` goes with both",
    ),
    (
        "soft_delete_days",
        lambda choice: choice.soft_delete_days and choice.replicas,
        "does not go with replicas",
        "a registry with soft delete cannot be geo-replicated: leave out one of them",
    ),
    (
        "soft_delete_days",
        lambda choice: choice.soft_delete_days and choice.cache,
        "does not go with cache",
        "a registry with soft delete cannot cache others: leave out one of them",
    ),
    (
        "export",
        lambda choice: not choice.export and choice.public_network_access,
        "cannot be off while the registry is public",
        "public_network_access: false, or leave export out",
    ),
    (
        "ip_rules",
        lambda choice: choice.ip_rules and not choice.public_network_access,
        "say nothing where public_network_access is false",
        "leave out one of them",
    ),
)
"""Argument, when it goes wrong, what is wrong and what to do."""

NOT_OFFERED = {
    "admin_user": ("is always off", "sign in with Entra, or make a token of a scope map"),
    "content_trust": (
        "cannot be turned on: Azure takes it for no new registry and removes it on 31 March 2028",
        "sign images with Notation",
    ),
    "quarantine": (
        "is a preview that hides every image until a scanner of yours frees it",
        "scan in CI, before the push",
    ),
    "zone_redundancy": ("is there by itself in every tier, where the region has zones", "leave it out"),
}
"""Arguments that people look for, and why there are none."""


def conflicts(choice: Choice) -> Iterator[Problem]:
    """Every problem, each at the argument that has to change."""
    for argument, (tier, wanted) in NEEDS.items():
        if wanted(choice) and TIERS.index(choice.sku) < TIERS.index(tier):
            hint = f"sku: {tier}, or leave {argument} out"
            yield Problem(argument, f"needs the tier {tier}, and the registry is {choice.sku}", hint)
    for argument, is_wrong, message, hint in CONFLICTS:
        if is_wrong(choice):
            yield Problem(argument, message, hint)
