"""Addresses of the registry in virtual networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dockyard.azure.ids import check_key, read_id
from dockyard.leaves import read_leaf
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site

MOST = 200
_SUBNET = "Microsoft.Network/virtualNetworks/{0}/subnets/{0}"
_ZONE = r"(?i)/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.Network/privateDnsZones/privatelink\.azurecr\.(?:io|us|cn)"
_ZONE_SHAPE = (
    "/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
)


@dataclass(frozen=True)
class PrivateEndpoint:
    """One address; the ids may be known during the deployment only. location, resource_group_name: None for the registry's."""

    key: str
    subnet_id: Any
    dns_zone_id: Any = None
    location: str | None = None
    resource_group_name: Any = None


def read_private_endpoints(reader: Reader) -> tuple[PrivateEndpoint, ...]:
    """Reads `private_endpoints`, sorted by key. Source: "Connect privately to an Azure container registry by using Private Link"."""
    found = []
    for key, entry in reader.objects("private_endpoints"):
        check_key(key, entry)
        endpoint = PrivateEndpoint(
            key,
            read_id(entry, "subnet_id", _SUBNET, required=True),
            read_leaf(entry, "dns_zone_id", _ZONE, _ZONE_SHAPE),
            entry.text("location") or None,
            read_leaf(entry, "resource_group_name", r"[\w.()-]{1,90}", "rg-network"),
        )
        entry.finish()
        found.append(endpoint)
    if len(found) > MOST:
        reader.problem("private_endpoints", f"must be {MOST} at most, got {len(found)}")
    return tuple(found)


def make_private_endpoints(
    name: str,
    plan: Sequence[PrivateEndpoint],
    site: "Site",
    opts: "pulumi.ResourceOptions",
    replicas: "Sequence[pulumi.Resource]" = (),
) -> "list[pulumi.Resource]":
    """The endpoints, each with its names. An endpoint has an address for each replica, so it waits until they are there."""
    import pulumi
    import pulumi_azure_native as azure

    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(replicas)))
    made: list[pulumi.Resource] = []
    for endpoint in plan:
        own = endpoint.resource_group_name
        group = site.resource_group_name if own is None else own
        called = pulumi.Output.format("{0}-{1}", site.registry_name, endpoint.key)
        resource = azure.network.PrivateEndpoint(
            f"{name}-endpoint-{endpoint.key}",
            private_endpoint_name=called,
            resource_group_name=group,
            location=endpoint.location or site.location,
            # Not SubnetArgs: it adds policies of the subnet's own.
            subnet={"id": endpoint.subnet_id},
            private_link_service_connections=[
                azure.network.PrivateLinkServiceConnectionArgs(
                    name=endpoint.key, group_ids=["registry"], private_link_service_id=site.registry_id
                )
            ],
            tags=dict(site.tags),
            opts=after,
        )
        made.append(resource)
        if endpoint.dns_zone_id is not None:
            there = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[resource]))
            made.append(_names(f"{name}-dns-{endpoint.key}", endpoint.dns_zone_id, called, group, there))
    return made


def _names(
    name: str, zone: Any, endpoint: "pulumi.Output[str]", group: Any, opts: "pulumi.ResourceOptions"
) -> "pulumi.Resource":
    import pulumi
    import pulumi_azure_native as azure

    names: pulumi.Resource = azure.network.PrivateDnsZoneGroup(
        name,
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint,
        resource_group_name=group,
        private_dns_zone_configs=[
            azure.network.PrivateDnsZoneConfigArgs(name="registry", private_dns_zone_id=zone)
        ],
        opts=opts,
    )
    return names
