"""Grants that a program makes beside the registry's arguments."""

import pulumi
import pulumi_azure_native as azure
import pytest
from dockyard.azure.acr import AcrRegistry
from dockyard.run_error import ArgsError

from tests.unit.azure.conftest import BASE, ID, SUBSCRIPTION

A = "0b1e0000-0000-4000-8000-000000000001"
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"


def test_a_grant_is_a_sibling_that_may_name_a_member_of_the_deployment(make, later):
    found = make(lambda registry: registry.grant_pull("run", later(A), ["api"]).id)
    grant = found.of("RoleAssignment")["images-pull-run"]
    assert grant.pop("condition").endswith("StringEqualsIgnoreCase 'api'))")
    assert len(grant.pop("roleAssignmentName")) == 36
    assert grant == {
        "scope": ID,
        "principalId": A,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"{ROLES}/b93aa761-3e63-49ed-ac28-beffa264f7ac",
        "conditionVersion": "2.0",
    }
    urn = next(urn for urn in found.urns if urn.endswith("::images-pull-run"))
    assert "AcrRegistry" not in urn


def test_a_grant_is_for_the_whole_registry_unless_repositories_are_named(make):
    found = make(lambda registry: registry.grant_push("ops", f"group:{A}").id).of("RoleAssignment")
    assert "condition" not in found["images-push-ops"]
    assert found["images-push-ops"]["principalType"] == "Group"
    assert found["images-push-ops"]["roleDefinitionId"].endswith("2a1e307c-b015-4ebd-883e-5b7698a07328")


def test_the_same_principal_may_have_the_other_role(make):
    found = make(lambda registry: registry.grant_push("more", A, ["api"]).id, pull=[A])
    assert {"images-push-more", f"images-pull-{A}"} <= set(found.of("RoleAssignment"))


@pytest.mark.parametrize(
    ("args", "member", "repositories", "expected"),
    [
        ({}, "bob", None, "  member: is no principal: 'bob'"),
        ({}, A, ["apy"], "  repositories: has no 'apy'"),
        ({}, A, [], "  repositories: names none"),
        ({"pull": [A]}, A, ["api"], "  member: has that role already, by the arguments"),
        ({"role_assignments": "legacy"}, A, ["api"], "  repositories: would open the whole registry"),
        (
            {"repositories": {f"team/service-{number:03}": {} for number in range(90)}},
            A,
            [f"team/service-{number:03}" for number in range(90)],
            "  repositories: the grant names 90 of them",
        ),
    ],
)
def test_a_grant_that_cannot_be_is_refused(make, args, member, repositories, expected):
    texts = []

    def grant(registry):
        with pytest.raises(ArgsError) as refused:
            registry.grant_pull("run", member, repositories)
        texts.append(str(refused.value))
        return registry.images

    make(grant, **args)
    assert texts[0].startswith("grant_pull 'run' of AcrRegistry 'images': 1 problem\n")
    assert expected in texts[0]


def test_a_second_grant_of_the_same_role_is_refused(make):
    def grant(registry):
        first = registry.grant_pull("one", A, ["api"])
        with pytest.raises(ArgsError, match="has that role already, by the arguments or another grant"):
            registry.grant_pull("two", f"servicePrincipal:{A}", ["tools/ci"])
        return first.id

    assert "images-pull-one" in make(grant).of("RoleAssignment")


def test_a_grant_is_made_by_the_registrys_provider(make):
    def registry():
        options = pulumi.ResourceOptions(providers=[azure.Provider("mine")])
        return AcrRegistry("images", BASE, options).grant_pull("run", A).id

    found = make.recorder.run(registry)
    foreign = [
        item.name for item in found.registered if item.custom and "::mine::" not in (item.provider or "")
    ]
    assert foreign == ["mine"]
