"""Copies of the registry in other regions."""

import pytest
from dockyard.azure.replicas import Replica, make_replicas, read_replicas

from tests.unit.azure.sites import plan_of, recorded, refusals

HOME = "westeurope"


def test_each_region_is_registered_exactly_and_under_its_own_name():
    plan = plan_of(read_replicas, HOME, replicas={"northeurope": {"endpoint": False}, "eastus": None})
    registered, made = recorded(make_replicas, plan)
    shared = {"registryName": "shopimages", "resourceGroupName": "shop", "tags": {"team": "platform"}}
    assert registered.of("Replication") == {
        "images-replica-eastus": {
            **shared,
            "location": "eastus",
            "replicationName": "eastus",
            "regionEndpointEnabled": True,
        },
        "images-replica-northeurope": {
            **shared,
            "location": "northeurope",
            "replicationName": "northeurope",
            "regionEndpointEnabled": False,
        },
    }
    assert len(made) == 2


def test_nothing_is_said_of_zones():
    """Every replica is spread over zones; the SDK would say `Disabled` for what is left out."""
    registered, _ = recorded(make_replicas, (Replica("eastus"),))
    assert "zoneRedundancy" not in registered.one("Replication")


def test_without_replicas_there_are_none():
    assert plan_of(read_replicas, HOME) == ()


def test_reordering_changes_nothing():
    regions = {"eastus": {}, "northeurope": {}}
    one = plan_of(read_replicas, HOME, replicas=regions)
    assert one == plan_of(read_replicas, HOME, replicas=dict(reversed(regions.items())))
    assert one == (Replica("eastus"), Replica("northeurope"))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({HOME: {}}, f"replicas/{HOME}: is where the registry stands"),
        ({"West US": {}}, "replicas/West US: is not a region"),
        (
            {"eastus": {"zone_redundancy": True}},
            "replicas/eastus/zone_redundancy: cannot be chosen",
        ),
        ({"eastus": {"mode": True}}, "replicas/eastus/mode: unknown key"),
        ({"eastus": {"endpoint": "no"}}, "replicas/eastus/endpoint: must be true or false, got 'no'"),
    ],
)
def test_what_cannot_be_a_replica_is_refused(given, problem):
    assert refusals(read_replicas, HOME, replicas=given) == [problem]
