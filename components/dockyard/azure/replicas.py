"""Copies of the registry in other regions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockyard.errors import Problem
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site

_LOCATION = re.compile(r"[a-z][a-z0-9]+")


@dataclass(frozen=True)
class Replica:
    """endpoint: whether clients are led to it."""

    location: str
    endpoint: bool = True


def read_replicas(reader: Reader, home: str) -> tuple[Replica, ...]:
    """Reads `replicas`, sorted by region; home: the registry's own. Source: "Geo-replication in Azure Container Registry"."""
    replicas = []
    for location, entry in reader.objects("replicas"):
        replicas.append(Replica(location, entry.boolean("endpoint", True)))
        if entry.get("zone_redundancy") is not None:
            entry.problem("zone_redundancy", "cannot be chosen", "every replica has it: leave it out")
        if location == home:
            entry.problems.append(Problem(entry.path, "is where the registry stands", "name other regions"))
        elif not _LOCATION.fullmatch(location):
            entry.problems.append(Problem(entry.path, "is not a region", "its short name: westeurope"))
        entry.finish()
    return tuple(replicas)


def make_replicas(
    name: str, plan: Sequence[Replica], site: "Site", opts: "pulumi.ResourceOptions"
) -> "list[pulumi.Resource]":
    """One resource for each region, named after it: what has an address in a network waits for them."""
    import pulumi
    import pulumi_azure_native as azure

    return [
        azure.containerregistry.Replication(
            f"{name}-replica-{replica.location}",
            replication_name=replica.location,
            location=replica.location,
            registry_name=site.registry_name,
            resource_group_name=site.resource_group_name,
            region_endpoint_enabled=replica.endpoint,
            # Every replica is spread over zones; for what is left out the SDK says `Disabled`, which stands in Azure ever after.
            zone_redundancy=pulumi.Output.from_input(None),
            tags=dict(site.tags),
            opts=opts,
        )
        for replica in plan
    ]
