from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.checks.acr import REGISTRIES, is_on, registry
from dockyard.checks.values import UNKNOWN, at, first, many, quoted, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    found = registry(resource_type, properties)
    if found is None:
        return
    for rule in many(at(found, "networkRuleSet", "ipRules")):
        # The provider of one version has the address under another name than the REST API.
        address = first(rule, "iPAddressOrRange", "value", "ipRange")
        if text(address).strip().endswith("/0"):
            yield f"the IP rule {quoted(address)} lets everybody in: name the networks that need the registry"
    if config["allowed"] is not True and is_on(found, "publicNetworkAccess", default=True):
        yield from _reachable(found)


def _reachable(found: Mapping[str, Any]) -> Iterator[str]:
    action = at(found, "networkRuleSet", "defaultAction")
    if action is not UNKNOWN and text(action).lower() != "deny":
        hint = "set publicNetworkAccess Disabled, or networkRuleSet.defaultAction Deny and IP rules (both need Premium)"
        yield f"the whole internet reaches the registry: {hint}"


RULE = Rule(
    name="acr-public-network",
    description="A registry that the whole internet reaches has its logins alone between its images and everybody.",
    severity=Severity.MEDIUM,
    types=REGISTRIES,
    considerations=(8,),
    references=("MCSB NS-2",),
    # CI that others host comes from the internet, and only the Premium tier can be closed.
    advisory=True,
    config={
        "allowed": switch(
            "Whether it may be reached from everywhere, for example by runners that GitHub hosts."
        )
    },
    validate=validate,
)
