"""AcrRegistry under Pulumi's mocks. The registry that the password comes from is none: it answers at once."""

import pulumi
import pytest
from dockyard.azure import login
from dockyard.azure.acr import AcrRegistry

from tests.support.maker import Maker
from tests.support.recorder import recording

SUBSCRIPTION, TENANT = "5ac7a8c5-0000-4000-8000-000000000001", "7e7a7000-0000-4000-8000-000000000002"
ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/images"
)
BASE = {"resource_group_name": "rg", "location": "westeurope", "repositories": {"api": {}, "tools/ci": {}}}
OUTPUTS = {
    "azure-native:resources:Resource": {
        "id": ID,
        "name": "images",
        "properties": {"loginServer": "images.azurecr.io"},
        "identity": {"principalId": "0b1e0000-0000-4000-8000-000000000003", "userAssignedIdentities": {}},
    },
    "azure-native:managedidentity:UserAssignedIdentity": {
        "name": "identity",
        "clientId": "client",
        "principalId": "0b1e0000-0000-4000-8000-000000000004",
        "tenantId": TENANT,
    },
}
ANSWERS = {
    "azure-native:authorization:getClientConfig": {
        "clientId": "",
        "objectId": "",
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
    },
    "azure-native:authorization:getClientToken": {"token": "entra"},
}


@pytest.fixture
def make(monkeypatch):
    def refresh_token(host, tenant, token):
        return f"{token} of {tenant} for {host}"

    monkeypatch.setattr(login, "refresh_token", refresh_token)
    with recording(OUTPUTS, ANSWERS) as recorder:
        yield Maker(recorder, AcrRegistry, BASE)


@pytest.fixture
def later(make):
    """A value that is known during the deployment only."""
    return lambda value: pulumi.Output.from_input(value)
