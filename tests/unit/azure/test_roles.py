"""Role assignments of identities that the registry's own parts have."""

import types

import pulumi
import pytest
from dockyard.azure.roles import assign, principal_of
from pulumi.output import UNKNOWN

from tests.unit.azure.sites import REGISTRY_ID, recorded

GUID = "00000000-0000-0000-0000-000000000001"


def given(principal, role=GUID, condition=None):
    def make(name, plan, site, opts):
        return assign(name, site.registry_id, principal, role, opts, condition)

    return recorded(make, None)[0].one("RoleAssignment")


def test_the_role_is_named_as_azure_gives_it_back():
    found = given("p-1")
    definition = f"/subscriptions/s-1/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    assert found["roleDefinitionId"] == definition
    assert (found["scope"], found["principalId"]) == (REGISTRY_ID, "p-1")
    assert "conditionVersion" not in found
    assert given("p-1", condition="x")["conditionVersion"] == "2.0"


def test_its_name_follows_from_who_gets_what_where():
    names = {given(*who)["roleAssignmentName"] for who in (("p-1",), ("p-2",), ("p-1", GUID[:-1] + "2"))}
    assert len(names) == 3
    assert given("P-1")["roleAssignmentName"] in names


@pytest.mark.parametrize("identity", [None, types.SimpleNamespace(principal_id=None)])
def test_a_preview_knows_no_object_id_and_a_deployment_must(monkeypatch, identity):
    found = []

    class Later:
        def apply(self, function):
            found.append(function)

    principal_of(Later())
    (object_id,) = found
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    assert object_id(identity) is UNKNOWN
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    with pytest.raises(pulumi.RunError, match="no object id"):
        object_id(identity)
    assert object_id(types.SimpleNamespace(principal_id="p-1")) == "p-1"
