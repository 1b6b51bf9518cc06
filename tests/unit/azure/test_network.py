"""Addresses of the registry in virtual networks."""

import pulumi
import pytest
from dockyard.azure.network import make_private_endpoints, read_private_endpoints
from dockyard.azure.replicas import Replica, make_replicas

from tests.unit.azure.sites import REGISTRY_ID, ROOT, plan_of, recorded, refusals, waiting

SUBNET = f"{ROOT}/providers/Microsoft.Network/virtualNetworks/hub/subnets/images"
ZONES = f"{ROOT}/providers/Microsoft.Network/privateDnsZones"
ZONE = f"{ZONES}/privatelink.azurecr.io"


def endpoints(**given):
    return plan_of(read_private_endpoints, private_endpoints=given)


def test_an_endpoint_and_its_names_are_registered_exactly():
    registered, made = recorded(
        make_private_endpoints, endpoints(hub={"subnet_id": SUBNET, "dns_zone_id": ZONE})
    )
    assert registered.one("PrivateEndpoint") == {
        "privateEndpointName": "shopimages-hub",
        "resourceGroupName": "shop",
        "location": "westeurope",
        "subnet": {"id": SUBNET},
        "privateLinkServiceConnections": [
            {"name": "hub", "groupIds": ["registry"], "privateLinkServiceId": REGISTRY_ID}
        ],
        "tags": {"team": "platform"},
    }
    assert registered.one("PrivateDnsZoneGroup") == {
        "privateDnsZoneGroupName": "default",
        "privateEndpointName": "shopimages-hub",
        "resourceGroupName": "shop",
        "privateDnsZoneConfigs": [{"name": "registry", "privateDnsZoneId": ZONE}],
    }
    assert registered.names() == {
        ("PrivateEndpoint", "images-endpoint-hub"),
        ("PrivateDnsZoneGroup", "images-dns-hub"),
    }
    assert len(made) == 2


def test_an_endpoint_may_stand_with_its_network_and_without_names():
    given = {"subnet_id": SUBNET, "location": "northeurope", "resource_group_name": "network"}
    registered, _ = recorded(make_private_endpoints, endpoints(hub=given))
    found = registered.one("PrivateEndpoint")
    assert (found["location"], found["resourceGroupName"]) == ("northeurope", "network")
    assert registered.of("PrivateDnsZoneGroup") == {}


def test_ids_may_be_known_during_the_deployment_only():
    def later():
        return endpoints(
            hub={
                "subnet_id": pulumi.Output.from_input(SUBNET),
                "dns_zone_id": pulumi.Output.from_input(ZONE),
            }
        )

    registered, _ = recorded(make_private_endpoints, later)
    assert registered.one("PrivateEndpoint")["subnet"] == {"id": SUBNET}


def test_an_endpoint_waits_for_the_replicas():
    """It gets an address for each of them, and both at once fail in Azure."""

    def make(name, plan, site, opts):
        replicas = make_replicas(name, (Replica("eastus"),), site, opts)
        make_private_endpoints(name, plan, site, opts, replicas)
        return replicas

    replicas, found = waiting(make, endpoints(hub={"subnet_id": SUBNET}))
    assert found["PrivateEndpoint"] == replicas


def test_the_subnet_is_named_and_nothing_is_said_of_its_policies():
    """The SDK's SubnetArgs would add two, which belong to the subnet and not to its endpoints."""
    registered, _ = recorded(make_private_endpoints, endpoints(hub={"subnet_id": SUBNET}))
    assert registered.one("PrivateEndpoint")["subnet"] == {"id": SUBNET}


def test_several_endpoints_are_named_by_their_keys():
    given = {"subnet_id": SUBNET, "dns_zone_id": ZONE}
    registered, _ = recorded(make_private_endpoints, endpoints(spoke=given, hub=given))
    assert set(registered.of("PrivateEndpoint")) == {"images-endpoint-hub", "images-endpoint-spoke"}


@pytest.mark.parametrize("cloud", ["io", "us", "cn"])
def test_the_zone_may_be_of_each_cloud(cloud):
    assert endpoints(hub={"subnet_id": SUBNET, "dns_zone_id": f"{ZONES}/privatelink.azurecr.{cloud}"})


def test_ids_are_compared_without_regard_to_case():
    assert endpoints(
        hub={"subnet_id": SUBNET.lower(), "dns_zone_id": ZONE.replace("resourceGroups", "resourcegroups")}
    )


SHAPE = (
    "/subscriptions/NAME/resourceGroups/NAME/providers/Microsoft.Network/virtualNetworks/NAME/subnets/NAME"
)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "hub/subnet_id: is required"),
        ({"subnet_id": "images"}, f"hub/subnet_id: should look like {SHAPE}, got 'images'"),
        (
            {"subnet_id": SUBNET, "dns_zone_id": f"{ZONES}/azurecr.io"},
            "hub/dns_zone_id: should look like /subscriptions/S/resourceGroups/G/providers/Microsoft.Network/"
            f"privateDnsZones/privatelink.azurecr.io, got '{ZONES}/azurecr.io'",
        ),
        ({"subnet_id": SUBNET, "group": "x"}, "hub/group: unknown key"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(given, problem):
    assert refusals(read_private_endpoints, private_endpoints={"hub": given}) == [
        f"private_endpoints/{problem}"
    ]


def test_a_name_that_azure_would_not_take_and_too_many_are_refused():
    many = {f"e{number}": {"subnet_id": SUBNET} for number in range(201)}
    assert refusals(read_private_endpoints, private_endpoints={"my hub": {"subnet_id": SUBNET}}) == [
        "private_endpoints/my hub: is not a name for something in Azure"
    ]
    assert refusals(read_private_endpoints, private_endpoints=many) == [
        "private_endpoints: must be 200 at most, got 201"
    ]
