"""A key of the user's own."""

import pulumi
import pulumi_azure_native as azure
import pytest
from dockyard.azure.encryption import read_encryption

from tests.unit.azure.sites import ROOT, plan_of, recorded, refusals

KEY = "https://words.vault.azure.net/keys/images"
IDENTITY = f"{ROOT}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/images"
CLIENT = "01234567-89ab-cdef-0123-456789abcdef"
GIVEN = {"key_identifier": KEY, "identity_id": IDENTITY, "identity_client_id": CLIENT}


def register(name, plan, site, opts):
    return azure.resources.Resource(
        name,
        api_version="2025-06-01-preview",
        parent_resource_path="",
        resource_group_name=site.resource_group_name,
        resource_provider_namespace="Microsoft.ContainerRegistry",
        resource_type="registries",
        properties=plan.properties(),
        identity=azure.resources.IdentityArgs(**plan.identity()),
        opts=opts,
    )


def test_the_registry_gets_the_key_and_the_identity_that_reads_it():
    """The key is read by an identity's client id; the identity is given by its resource id."""
    registered, _ = recorded(register, plan_of(read_encryption, encryption=GIVEN))
    found = registered.one("Resource")
    assert found["properties"] == {
        "encryption": {
            "status": "enabled",
            "keyVaultProperties": {"keyIdentifier": KEY, "identity": CLIENT},
        }
    }
    assert found["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}


def test_without_it_azure_encrypts_with_its_own_keys():
    assert plan_of(read_encryption) is None


def test_a_version_pins_the_key():
    pinned = f"{KEY}/0123456789abcdef0123456789abcdef"
    assert plan_of(read_encryption, encryption={**GIVEN, "key_identifier": pinned}).key_identifier == pinned


def test_the_values_may_be_known_during_the_deployment_only():
    def later():
        given = {key: pulumi.Output.from_input(value) for key, value in GIVEN.items()}
        return plan_of(read_encryption, encryption=given)

    registered, _ = recorded(register, later)
    vault = registered.one("Resource")["properties"]["encryption"]["keyVaultProperties"]
    assert vault == {"keyIdentifier": KEY, "identity": CLIENT}


@pytest.mark.parametrize("key", GIVEN)
def test_all_of_it_is_required(key):
    given = {name: value for name, value in GIVEN.items() if name != key}
    assert refusals(read_encryption, encryption=given) == [f"encryption/{key}: is required"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key_identifier", "https://words.vault.azure.net/secrets/images"),
        ("key_identifier", f"{KEY}/"),
        ("identity_id", CLIENT),
        ("identity_client_id", IDENTITY),
    ],
)
def test_one_kind_of_id_in_place_of_another_is_refused(key, value):
    (problem,) = refusals(read_encryption, encryption={**GIVEN, key: value})
    assert problem.startswith(f"encryption/{key}: should look like ")
    assert problem.endswith(f", got {value!r}")
