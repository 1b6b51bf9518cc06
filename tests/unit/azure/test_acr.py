"""AcrRegistry as the engine sees it: what it registers, exactly."""

import ast
import itertools
import re
from pathlib import Path

import pulumi
import pytest
from dockyard.args import RegistryArgs
from dockyard.azure import args, feature_args
from dockyard.azure.args import AcrRegistryArgs
from dockyard.azure.settings import read_settings

from tests.unit.azure.conftest import BASE, ID, SUBSCRIPTION, TENANT

A, B = "0b1e0000-0000-4000-8000-000000000001", "0b1e0000-0000-4000-8000-000000000002"
REQUEST = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase"
READER, WRITER = "b93aa761-3e63-49ed-ac28-beffa264f7ac", "2a1e307c-b015-4ebd-883e-5b7698a07328"
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
PLAIN = {
    "adminUserEnabled": False,
    "anonymousPullEnabled": False,
    "roleAssignmentMode": "AbacRepositoryPermissions",
    "publicNetworkAccess": "Enabled",
    "networkRuleBypassOptions": "AzureServices",
    "policies": {
        "azureADAuthenticationAsArmPolicy": {"status": "disabled"},
        "softDeletePolicy": {"status": "disabled", "retentionDays": 7},
    },
}
PREMIUM = {
    **PLAIN,
    "policies": {
        **PLAIN["policies"],
        "exportPolicy": {"status": "enabled"},
        "retentionPolicy": {"status": "disabled", "days": 7},
    },
    "dataEndpointEnabled": False,
    "networkRuleBypassAllowedForTasks": False,
    "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
}
PRIVATE = {"sku": "Premium", "public_network_access": False, "login": "deployer"}
CLOSED = {
    "publicNetworkAccess": "Disabled",
    "networkRuleBypassAllowedForTasks": True,
    "networkRuleSet": {"defaultAction": "Deny", "ipRules": []},
}
NO_EXPORT = {"policies": {**PREMIUM["policies"], "exportPolicy": {"status": "disabled"}}}


def registry(found):
    return found.of("Resource")["images-registry"]


def test_its_arguments_hold_what_every_registry_takes():
    assert set(RegistryArgs.__annotations__) <= set(AcrRegistryArgs.__annotations__)
    assert AcrRegistryArgs.__required_keys__ == {"resource_group_name", "location", "repositories"}


def test_every_argument_is_read():
    """An argument that nobody reads would be refused as unknown."""
    with pytest.raises(Exception, match="problem") as refused:
        read_settings(dict.fromkeys(AcrRegistryArgs.__annotations__, object()), "x", "images")
    assert "unknown key" not in str(refused.value)


@pytest.mark.parametrize("module", [args, feature_args], ids=lambda module: module.__name__)
def test_every_argument_says_what_happens_without_it(module):
    """The description goes with the argument into every language that Pulumi has."""
    tree = ast.parse(Path(module.__file__).read_text())
    silent, seen = [], 0
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        required = getattr(module, kind.name).__required_keys__
        for field, text in itertools.pairwise(kind.body):
            if isinstance(field, ast.AnnAssign) and field.target.id not in required:
                seen += 1
                said = " ".join(text.value.value.split())
                silent += [] if re.search(r"Default: [^:]+\.$", said) else [f"{kind.name}.{field.target.id}"]
    assert seen > 10
    assert silent == []


def test_by_default_it_is_one_registry_and_the_task_that_keeps_retention(make):
    assert make().names() == {
        ("AcrRegistry", "images"),
        ("Resource", "images-registry"),
        ("Resource", "images-cleanup"),
        ("RoleAssignment", "images-cleanup-delete"),
        ("RoleAssignment", "images-cleanup-list"),
    }


def test_the_registry_is_a_generic_resource_whose_roles_are_by_repository(make):
    assert registry(make()) == {
        "apiVersion": "2025-06-01-preview",
        "resourceProviderNamespace": "Microsoft.ContainerRegistry",
        "resourceType": "registries",
        "parentResourcePath": "",
        "resourceName": "images",
        "resourceGroupName": "rg",
        "location": "westeurope",
        "sku": {"name": "Standard"},
        "properties": PLAIN,
        "tags": {},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sku": "Basic"}, PLAIN),
        ({"anonymous_pull": True}, {**PLAIN, "anonymousPullEnabled": True}),
        ({"trusted_services": False}, {**PLAIN, "networkRuleBypassOptions": "None"}),
        (
            {"arm_tokens": True},
            {
                **PLAIN,
                "policies": {**PLAIN["policies"], "azureADAuthenticationAsArmPolicy": {"status": "enabled"}},
            },
        ),
        (
            {"soft_delete_days": 30},
            {
                **PLAIN,
                "policies": {
                    **PLAIN["policies"],
                    "softDeletePolicy": {"status": "enabled", "retentionDays": 30},
                },
            },
        ),
        ({"role_assignments": "legacy"}, {**PLAIN, "roleAssignmentMode": "LegacyRegistryPermissions"}),
        ({"sku": "Premium"}, PREMIUM),
        ({"sku": "Premium", "data_endpoints": True}, {**PREMIUM, "dataEndpointEnabled": True}),
        (
            {"sku": "Premium", "untagged_policy_days": 3},
            {
                **PREMIUM,
                "policies": {**PREMIUM["policies"], "retentionPolicy": {"status": "enabled", "days": 3}},
            },
        ),
        ({**PRIVATE}, {**PREMIUM, **CLOSED, **NO_EXPORT}),
        (
            {**PRIVATE, "export": True},
            {**PREMIUM, **CLOSED},
        ),
        (
            {"sku": "Premium", "ip_rules": ["203.0.113.0/24", "198.51.100.7"]},
            {
                **PREMIUM,
                "networkRuleBypassAllowedForTasks": True,
                "networkRuleSet": {
                    "defaultAction": "Deny",
                    "ipRules": [
                        {"action": "Allow", "value": "198.51.100.7"},
                        {"action": "Allow", "value": "203.0.113.0/24"},
                    ],
                },
            },
        ),
    ],
)
def test_every_setting_of_the_registry_reaches_it(make, given, expected):
    found = registry(make(**given))
    assert found["properties"] == expected
    assert found["sku"] == {"name": given.get("sku", "Standard")}


@pytest.mark.parametrize(
    ("given", "key", "expected"),
    [
        ({"registry_name": "AcmeImages"}, "resourceName", "AcmeImages"),
        ({"location": "northeurope"}, "location", "northeurope"),
        ({"resource_group_name": "rg-2"}, "resourceGroupName", "rg-2"),
        ({"tags": {"team": "platform", "a": ""}}, "tags", {"team": "platform", "a": ""}),
    ],
)
def test_its_place_and_names_reach_it(make, given, key, expected):
    assert registry(make(**given))[key] == expected


def test_a_resource_group_may_be_known_during_the_deployment_only(make, later):
    assert registry(make(resource_group_name=later("rg-later")))["resourceGroupName"] == "rg-later"


def test_the_task_keeps_the_retention_of_each_repository(make):
    found = make(repositories={"api": {"retention": {"untagged_days": 3}}, "web": {}}, cleanup_dry_run=False)
    assert found.of("Resource")["images-cleanup"]["location"] == "westeurope"
    settings = read_settings(
        {**BASE, "repositories": {"api": {"retention": {"untagged_days": 3}}, "web": {}}}, "x", "images"
    )
    days = {purge.repositories: purge.days for purge in settings.parts.cleanup.purges}
    assert days == {("api",): 3, ("web",): 14}


def test_a_legacy_registry_needs_no_roles_for_its_task(make):
    assert not make(role_assignments="legacy").of("RoleAssignment")


def test_a_member_has_one_assignment_held_to_its_repositories(make):
    found = make(repositories={"api": {"pull": [A]}, "web": {"pull": [A], "push": [f"group:{B}"]}})
    assignments = found.of("RoleAssignment")
    pull, push = assignments[f"images-pull-{A}"], assignments[f"images-push-{B}"]
    assert pull.pop("condition").endswith(f"OR ({REQUEST} 'api' OR {REQUEST} 'web'))")
    assert push.pop("condition").endswith(f"OR ({REQUEST} 'web'))")
    assert len(pull.pop("roleAssignmentName")) == len(push.pop("roleAssignmentName")) == 36
    assert pull == {
        "scope": ID,
        "principalId": A,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"{ROLES}/{READER}",
        "conditionVersion": "2.0",
    }
    assert push == {
        "scope": ID,
        "principalId": B,
        "principalType": "Group",
        "roleDefinitionId": f"{ROLES}/{WRITER}",
        "conditionVersion": "2.0",
    }


def test_a_member_of_the_whole_registry_has_no_condition(make):
    found = make(push=[f"user:{A}"]).of("RoleAssignment")[f"images-push-{A}"]
    assert "condition" not in found
    assert "conditionVersion" not in found
    assert found["principalType"] == "User"


def test_a_legacy_registry_gives_the_roles_that_it_honours(make):
    found = make(role_assignments="legacy", pull=[A], push=[B]).of("RoleAssignment")
    assert {name: item["roleDefinitionId"].rpartition("/")[2] for name, item in found.items()} == {
        f"images-pull-{A}": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        f"images-push-{B}": "8311e382-0749-4cb8-b61a-304f252e45ec",
    }


def test_references_hold_the_address_that_azure_gives(make):
    """It is not always the registry's name."""
    resource = make.recorder.outputs["azure-native:resources:Resource"]
    host = "images-a1b2c3.azurecr.io"
    make.recorder.outputs = {
        "azure-native:resources:Resource": {**resource, "properties": {"loginServer": host}}
    }
    assert make.output("host") == host
    assert make.output("images") == {"api": f"{host}/api", "tools/ci": f"{host}/tools/ci"}


def test_it_is_signed_in_to_with_what_the_registry_gives_for_an_entra_token(make):
    assert make.output("username") == "00000000-0000-0000-0000-000000000000"
    assert make.output("password") == f"entra of {TENANT} for images.azurecr.io"
    (call,) = [call for call in make.recorder.called if call.token.endswith("getClientToken")][-1:]
    assert call.args == {"endpoint": "https://containerregistry.azure.net"}


@pytest.mark.parametrize(("deletion", "kept"), [("retain", True), ("force", False), (None, True)])
def test_the_images_outlive_the_program_unless_it_says_otherwise(make, monkeypatch, deletion, kept):
    seen = {}
    init = pulumi.CustomResource.__init__

    def watching(self, t, name, *rest, **more):
        init(self, t, name, *rest, **more)
        opts = rest[1] if len(rest) > 1 else more.get("opts")
        seen[name] = bool(opts.retain_on_delete)

    monkeypatch.setattr(pulumi.CustomResource, "__init__", watching)
    make(**({"deletion": deletion} if deletion else {}))
    assert seen["images-registry"] is kept
