"""What the registry itself is told: tier, network, policies."""

import ipaddress

from dockyard.azure.arm import MODES, Properties
from dockyard.azure.matrix import NOT_OFFERED, TIERS
from dockyard.reader import Reader

MOST_IP_RULES = 200
"""Source: "Azure Container Registry SKU features and limits"."""
_PRIVATE = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    )
)
LONGEST_SOFT_DELETE, LONGEST_UNTAGGED = 90, 365


def read_properties(reader: Reader) -> Properties:
    """The properties; what does not go together, `dockyard.azure.matrix` tells."""
    for argument in sorted(set(NOT_OFFERED) & set(reader.values)):
        reader.get(argument)
        reader.problem(argument, *NOT_OFFERED[argument])
    sku = reader.choice("sku", "Standard", TIERS)
    public = reader.boolean("public_network_access", True)
    return Properties(
        sku=sku,
        role_assignments=reader.choice("role_assignments", "abac", MODES),
        anonymous_pull=reader.boolean("anonymous_pull", False),
        public_network_access=public,
        ip_rules=_ip_rules(reader),
        trusted_services=reader.boolean("trusted_services", True),
        export=reader.boolean("export", public or sku != "Premium"),
        data_endpoints=reader.boolean("data_endpoints", False),
        untagged_policy_days=_days(reader, "untagged_policy_days", LONGEST_UNTAGGED),
        soft_delete_days=_days(reader, "soft_delete_days", LONGEST_SOFT_DELETE),
        arm_tokens=reader.boolean("arm_tokens", False),
    )


def _days(reader: Reader, key: str, longest: int) -> int:
    """0 where it is left out."""
    hint = f"leave {key} out to have none"
    return 0 if reader.get(key) is None else reader.integer(key, 1, 1, longest, hint)


def _ip_rules(reader: Reader) -> tuple[str, ...]:
    """IPv4 addresses and networks, sorted. Source: "Configure public IP network rules"."""
    found = set()
    for index, text in enumerate(reader.texts("ip_rules")):
        try:
            network = ipaddress.IPv4Network(text)
        except ValueError:
            hint = "an IPv4 address, or a network whose host bits are zero: 203.0.113.0/24"
            reader.problem(f"ip_rules/{index}", f"is no address or network: {text!r}", hint)
            continue
        if any(network.overlaps(other) for other in _PRIVATE):
            hint = "private addresses come in through private endpoints"
            reader.problem(f"ip_rules/{index}", f"is not public: {text}", hint)
        found.add(str(network.network_address) if network.prefixlen == 32 else str(network))
    if len(found) > MOST_IP_RULES:
        reader.problem("ip_rules", f"has {len(found)} rules, Azure takes {MOST_IP_RULES}")
    return tuple(sorted(found))
