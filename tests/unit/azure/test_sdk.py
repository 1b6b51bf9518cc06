"""What Azure's SDK does that one would not expect. Where one of these fails, the SDK has changed, and the code around it may be simpler."""

import inspect

import pulumi
import pulumi_azure_native as azure
import pytest
from dockyard.azure.arm import API_VERSION

from tests.support.recorder import recording


def inputs(resource):
    return set(inspect.signature(resource._internal_init).parameters)


def test_the_typed_registry_knows_no_role_assignment_mode():
    assert "role_assignment_mode" not in inputs(azure.containerregistry.Registry)
    assert "soft_delete_policy" in inspect.signature(azure.containerregistry.PoliciesArgs).parameters


def test_the_generic_resource_takes_any_version_and_all_that_a_registry_has():
    wanted = {"api_version", "properties", "sku", "identity", "tags", "location", "parent_resource_path"}
    assert wanted <= inputs(azure.resources.Resource)
    assert API_VERSION == "2025-06-01-preview"


@pytest.mark.parametrize(
    "resource",
    [
        azure.resources.Resource,
        azure.managedidentity.UserAssignedIdentity,
        azure.managedidentity.FederatedIdentityCredential,
    ],
)
def test_the_name_in_azure_has_an_underscore_behind_it(resource):
    """`resource_name` is the name in Pulumi; the one in Azure would silently be another."""
    assert {"resource_name", "resource_name_"} <= inputs(resource)


def registered(program, typ):
    with recording() as recorder:
        return recorder.run(program).one(typ)


def test_a_principal_without_a_type_is_taken_for_a_user():
    def program():
        return azure.authorization.RoleAssignment("x", principal_id="p", role_definition_id="r", scope="s").id

    assert registered(program, "RoleAssignment")["principalType"] == "User"


def test_a_condition_has_no_version_by_itself():
    def program():
        return azure.authorization.RoleAssignment(
            "x", principal_id="p", role_definition_id="r", scope="s", condition="c"
        ).id

    assert "conditionVersion" not in registered(program, "RoleAssignment")


def test_properties_of_the_generic_resource_are_sent_as_they_are():
    """So they are in the words of the REST API: a rule's address is `value`, which the typed class calls i_p_address_or_range."""

    def program():
        properties = {"networkRuleSet": {"ipRules": [{"value": "203.0.113.7"}]}, "snake_case": 1}
        place = {"resource_group_name": "g", "resource_provider_namespace": "n", "resource_type": "t"}
        return azure.resources.Resource(
            "x", api_version="v", parent_resource_path="", properties=properties, **place
        ).id

    expected = {"networkRuleSet": {"ipRules": [{"value": "203.0.113.7"}]}, "snake_case": 1}
    assert registered(program, "Resource")["properties"] == expected
    assert "i_p_address_or_range" in inspect.signature(azure.containerregistry.IPRuleArgs).parameters


def test_in_a_preview_nothing_is_asked_of_the_registry_and_its_address_is_unknown(make, monkeypatch):
    """The provider gives the inputs back as outputs there, and a registry's address is none of them."""
    resource = make.recorder.outputs["azure-native:resources:Resource"]
    make.recorder.outputs = {"azure-native:resources:Resource": {**resource, "properties": {}}}
    monkeypatch.setattr("dockyard.azure.login.refresh_token", None)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    known = {}

    def look(registry):
        async def told(name):
            known[name] = await getattr(registry, name).is_known()

        return pulumi.Output.all(
            *(pulumi.Output.from_input(told(name)) for name in ("host", "images", "password"))
        )

    make(look)
    assert known == {"host": False, "images": False, "password": False}
