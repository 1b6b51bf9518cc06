"""What AcrRegistry refuses, with the path and a way out."""

import pytest
from dockyard.azure.settings import read_settings
from dockyard.errors import ProblemsError

from tests.unit.azure.conftest import BASE

A, B = "0b1e0000-0000-4000-8000-000000000001", "0b1e0000-0000-4000-8000-000000000002"
GROUP = "/subscriptions/s/resourceGroups/g/providers"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/v/subnets/n"
ENCRYPTION = {
    "key_identifier": "https://v.vault.azure.net/keys/k",
    "identity_id": f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/i",
    "identity_client_id": A,
}
LEGACY = {"role_assignments": "legacy"}
PRIVATE = {"sku": "Premium", "public_network_access": False, "login": "deployer"}
TOKENS = {
    "scope_maps": {"pulls": {"repositories": {"*": ["read"]}}},
    "tokens": {
        "robot": {"scope_map": "pulls", "expires": "2099-01-01T00:00:00Z"},
        "plain": {"scope_map": "pulls"},
    },
}


def problems(name="images", without=(), **args):
    """Every problem, each as its text and its hint."""
    values = {key: value for key, value in {**BASE, **args}.items() if key not in without}
    try:
        read_settings(values, f"AcrRegistry {name!r}", name)
    except ProblemsError as error:
        return [(str(problem), problem.hint) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("args", "text", "hint"),
    [
        ({"repositories": {}}, "repositories: at least one is needed", '{"api": {}}'),
        ({"repositories": {"Api": {}}}, "repositories/Api: is not a repository name", "lower-case"),
        ({"repositories": {"a" * 257: {}}}, f"repositories/{'a' * 257}: is not a repository name", "256"),
        ({"repositories": {"a'b": {}}}, "repositories/a'b: is not a repository name", "lower-case"),
        ({"registry_name": "my-images"}, "registry_name: is not a registry's name: 'my-images'", "5 to 50"),
        ({"resource_group_name": "rg."}, "resource_group_name: should look like rg-images, got 'rg.'", ""),
        ({"location": "West Europe"}, "location: is no region: 'West Europe'", "westeurope"),
        ({"sku": "Classic"}, "sku: must be one of Basic, Standard, Premium, got 'Classic'", ""),
        ({"role_assignments": "rbac"}, "role_assignments: must be one of abac, legacy, got 'rbac'", ""),
        ({"deletion": "empty"}, "deletion: 'empty' cannot be kept", "retain keeps it, force deletes it"),
        ({"deletion": "keep"}, "deletion: must be one of retain, force, got 'keep'", ""),
        ({"immutable_tags": True}, "immutable_tags: cannot be kept", "pull by digest"),
        ({"immutable_tags": "yes"}, "immutable_tags: must be true or false, got 'yes'", ""),
        (
            {"repositories": {"api": {"immutable_tags": True}}},
            "repositories/api/immutable_tags: cannot be kept",
            "digest",
        ),
        ({"pull": A}, f"pull: must be a list of Entra object ids, got {A!r}", ""),
        ({"pull": ["a@example.com"]}, "pull/0: is no principal: 'a@example.com'", "object id of Entra"),
        ({"push": [7]}, "push/0: is no principal: 7", "object id of Entra"),
        (
            {"repositories": {"api": {"push": ["*"]}}},
            "repositories/api/push/0: is no principal: '*'",
            "user:, group:",
        ),
        (
            {**LEGACY, "repositories": {"api": {"pull": [A]}}},
            "repositories/api/pull: would open the whole registry",
            "beside",
        ),
        (
            {**LEGACY, "repositories": {"api": {"push": [A]}}},
            "repositories/api/push: would open the whole registry",
            "beside",
        ),
        (
            {"ip_rules": ["203.0.113.7/24"], "sku": "Premium"},
            "ip_rules/0: is no address or network",
            "host bits",
        ),
        ({"ip_rules": ["::1"], "sku": "Premium"}, "ip_rules/0: is no address or network: '::1'", "IPv4"),
        (
            {"ip_rules": ["10.0.0.0/24"], "sku": "Premium"},
            "ip_rules/0: is not public: 10.0.0.0/24",
            "private endpoints",
        ),
        (
            {"ip_rules": [f"203.0.{number}.1" for number in range(201)], "sku": "Premium"},
            "ip_rules: has 201 rules, Azure takes 200",
            "",
        ),
        (
            {"soft_delete_days": 0},
            "soft_delete_days: must be between 1 and 90, got 0",
            "leave soft_delete_days",
        ),
        (
            {"untagged_policy_days": 366, "sku": "Premium"},
            "untagged_policy_days: must be between 1 and 365, got 366",
            "leave",
        ),
        ({"tags": {str(n): "" for n in range(51)}}, "tags: must be 50 at most, got 51", ""),
        ({"tags": {"a": 1}}, "tags/a: must be text, got 1", ""),
        ({"admin_user": False}, "admin_user: is always off", "sign in with Entra"),
        ({"content_trust": True}, "content_trust: cannot be turned on", "Notation"),
        ({"quarantine": True}, "quarantine: is a preview that hides every image", "CI"),
        ({"zone_redundancy": True}, "zone_redundancy: is there by itself in every tier", "leave it out"),
        ({**PRIVATE, "sku": "Basic"}, "public_network_access: needs the tier Premium", "sku: Premium"),
        (
            {**PRIVATE, "login": ""},
            "login: is required where public_network_access is false",
            "deployer where",
        ),
        ({**TOKENS, "login": "plain"}, "login: is no token that has a password: 'plain'", "deployer, robot"),
        ({"login": "robot"}, "login: is no token that has a password: 'robot'", "there are deployer"),
        (
            {
                **TOKENS,
                "tokens": {"deployer": {"scope_map": "pulls", "expires": "2099-01-01T00:00:00Z"}},
                "login": "deployer",
            },
            "login: is a key of tokens too",
            "another name",
        ),
        ({"replicas": {"northeurope": {}}}, "replicas: needs the tier Premium", "sku: Premium"),
        (
            {"sku": "Premium", "replicas": {"northeurope": {}}, "soft_delete_days": 7},
            "soft_delete_days: does not go with replicas",
            "geo-replicated",
        ),
        (
            {"cache": {"mcr": {"source": "mcr.microsoft.com/a", "target": "a"}}, "soft_delete_days": 7},
            "soft_delete_days: does not go with cache",
            "cannot cache",
        ),
        (
            {"private_endpoints": {"hub": {"subnet_id": SUBNET}}},
            "private_endpoints: needs the tier Premium",
            "",
        ),
        ({"encryption": ENCRYPTION}, "encryption: needs the tier Premium", "leave encryption out"),
        ({"sku": "Premium", "export": False}, "export: cannot be off while the registry is public", "false"),
        (
            {**PRIVATE, "ip_rules": ["203.0.113.7"]},
            "ip_rules: say nothing where public_network_access",
            "one",
        ),
        (
            {"sku": "Premium", "soft_delete_days": 7, "untagged_policy_days": 7},
            "soft_delete_days: does not go with untagged_policy_days",
            "retention",
        ),
        ({"pull": [A], "push": [f"user:{A}"]}, f"push: {A} is named as", "the same way"),
    ],
)
def test_it_is_refused(args, text, hint):
    ((found, found_hint),) = problems(**args)
    assert found.startswith(text)
    assert hint in found_hint


@pytest.mark.parametrize("key", ["resource_group_name", "location", "repositories"])
def test_what_has_no_default_is_required(key):
    (found,) = problems(without=[key])
    assert found[0] in (f"{key}: is required", f"{key}: at least one is needed")


@pytest.mark.parametrize(("name", "given"), [("web", ""), ("-_-", ""), ("x" * 51, "")])
def test_the_components_name_must_do_for_the_registry_unless_one_is_given(name, given):
    (found,) = problems(name=name)
    assert found[0].startswith("registry_name: is not a registry's name: ")
    assert problems(name=name, registry_name="images") == []


def test_a_name_is_made_of_the_letters_and_digits_of_the_components():
    assert read_settings(BASE, "x", "Team-Images_1").registry_name == "teamimages1"


def test_a_member_of_the_deployment_is_refused_because_it_cannot_name_a_resource(later):
    assert problems(push=[later(A)]) == [
        ("push/0: is known only during the deployment", "use registry.grant_push(NAME, principal)")
    ]


def test_all_problems_are_told_at_once_in_the_order_of_their_paths(make):
    text = make.refusal(location="x y", deletion="empty", sku="Basic", anonymous_pull=True)
    assert [line.partition(":")[0] for line in text.splitlines()[1:4]] == [
        "  anonymous_pull",
        "  deletion",
        "  location",
    ]
    assert text.startswith("AcrRegistry 'images': 3 problems\n")


def test_what_is_not_offered_is_not_told_as_a_key_either():
    ((found, hint),) = problems(xxxxxxxx=1)
    assert found == "xxxxxxxx: unknown key"
    assert "sku" in hint
    assert "admin_user" not in hint


def test_rules_that_acr_cannot_keep_are_refused():
    ((found, hint),) = problems(retention={"rules": {"old": {"tags": ["v*"], "not_pulled_days": 9}}})
    assert found.startswith("retention/rules/old: ACR's purge does not know when images were pulled")
    assert hint == "say older_than_days"
