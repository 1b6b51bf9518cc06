"""CI that signs in to AcrRegistry without a key."""

import pulumi
import pytest
from dockyard.azure.settings import read_settings
from dockyard.errors import ProblemsError
from dockyard.trust.evaluate_azure import evaluate_azure

from tests.support.trust import Cloud, github_token
from tests.unit.azure.conftest import BASE, ID, SUBSCRIPTION, TENANT

GITHUB = {
    "repository": "acme/shop",
    "owner_id": "123456",
    "repository_id": "456789",
    "branches": ["main"],
}
SHOP = {"shop": {"github": GITHUB}}
MANY = {
    "shop": {"github": {**GITHUB, "branches": ["main", "next"], "tags": ["v1"], "environments": ["live"]}}
}
PRINCIPAL = "0b1e0000-0000-4000-8000-000000000004"
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
REQUEST = "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase"


def roles(found):
    return {name: item for name, item in found.of("RoleAssignment").items() if "-ci-" in name}


def test_a_trust_is_an_identity_a_credential_and_a_role_held_to_its_repositories(make):
    found = make(ci_trust=SHOP, tags={"team": "platform"})
    assert found.of("UserAssignedIdentity") == {
        "images-ci-shop-push": {
            "resourceName": "images-ci-shop-push",
            "resourceGroupName": "rg",
            "location": "westeurope",
            "tags": {"team": "platform"},
        }
    }
    credential = found.one("FederatedIdentityCredential")
    name = credential.pop("federatedIdentityCredentialResourceName")
    assert name.startswith("shop-push-")
    assert credential == {
        "resourceName": "identity",
        "resourceGroupName": "rg",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:acme@123456/shop@456789:ref:refs/heads/main",
        "audiences": ["api://AzureADTokenExchange"],
    }
    assignment = roles(found)["images-ci-shop-push"]
    assert assignment.pop("condition").endswith(f"OR ({REQUEST} 'api' OR {REQUEST} 'tools/ci'))")
    assert len(assignment.pop("roleAssignmentName")) == 36
    assert assignment == {
        "scope": ID,
        "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"{ROLES}/2a1e307c-b015-4ebd-883e-5b7698a07328",
        "conditionVersion": "2.0",
    }


def test_what_azure_gets_lets_in_that_workflow_and_no_other(make):
    credentials = list(make(ci_trust=SHOP).of("FederatedIdentityCredential").values())
    assert evaluate_azure(credentials, github_token(Cloud.AZURE)).allowed
    hostile = "repo:acme@123456/shop@456789:pull_request"
    assert not evaluate_azure(credentials, github_token(Cloud.AZURE, sub=hostile)).allowed


def test_pull_requests_have_an_identity_of_their_own_that_pulls_alone(make):
    trust = {"shop": {"github": {**GITHUB, "pull_requests": True, "push": ["api"]}}}
    found = make(ci_trust=trust)
    assert set(found.of("UserAssignedIdentity")) == {"images-ci-shop-push", "images-ci-shop-pull"}
    assignments = roles(found)
    pull = assignments["images-ci-shop-pull"]
    assert pull["roleDefinitionId"].endswith("b93aa761-3e63-49ed-ac28-beffa264f7ac")
    assert [item["condition"].endswith(f"OR ({REQUEST} 'api'))") for item in assignments.values()] == [
        True,
        True,
    ]


def test_the_credentials_of_one_identity_wait_for_each_other(make, monkeypatch):
    """Azure refuses to write two of them at once."""
    waits = {}
    init = pulumi.CustomResource.__init__

    def watching(self, t, name, *rest, **more):
        init(self, t, name, *rest, **more)
        if t.endswith(":FederatedIdentityCredential"):
            opts = rest[1] if len(rest) > 1 else more["opts"]
            waits[name] = [resource.pulumi_resource_name for resource in opts.depends_on or []]

    monkeypatch.setattr(pulumi.CustomResource, "__init__", watching)
    make(ci_trust=MANY)
    names = list(waits)
    assert len(names) == 4
    assert [waits[name] for name in names] == [[], [names[0]], [names[1]], [names[2]]]


def test_another_order_of_branches_changes_no_credential(make):
    one = make(ci_trust=MANY).of("FederatedIdentityCredential")
    turned = {"shop": {"github": {**MANY["shop"]["github"], "branches": ["next", "main"]}}}
    assert make(ci_trust=turned).of("FederatedIdentityCredential") == one


def test_the_workflow_is_told_what_azure_login_takes(make):
    account = {"tenant_id": TENANT, "subscription_id": SUBSCRIPTION}
    assert make.output("ci", ci_trust=SHOP) == {"shop": {"client_id": "client", **account}}
    both = {"shop": {"github": {**GITHUB, "pull_requests": True}}}
    assert make.output("ci", ci_trust=both) == {
        "shop": {"client_id": "client", "pull_client_id": "client", **account}
    }
    assert make.output("ci") == {}


def test_in_a_legacy_registry_ci_has_all_of_it_or_nothing(make):
    found = roles(make(ci_trust=SHOP, role_assignments="legacy"))["images-ci-shop-push"]
    assert found["roleDefinitionId"].endswith("8311e382-0749-4cb8-b61a-304f252e45ec")
    assert "condition" not in found
    some = {"shop": {"github": {**GITHUB, "push": ["api"]}}}
    assert "ci_trust/shop/github/push: would open the whole registry" in make.refusal(
        ci_trust=some, role_assignments="legacy"
    )


def problems(**args):
    with pytest.raises(ProblemsError) as refused:
        read_settings({**BASE, **args}, "AcrRegistry 'images'", "images")
    return [(str(problem), problem.hint) for problem in refused.value.problems]


def test_a_trust_that_azure_cannot_check_is_refused():
    ((text, hint),) = problems(ci_trust={"shop": {"github": {**GITHUB, "subject_format": "legacy"}}})
    assert text.startswith("ci_trust/shop/github/subject_format: Azure would see the names alone")
    assert "immutable" in hint


def test_more_repositories_than_a_condition_holds_are_refused():
    many = {f"team/service-{number:03}": {} for number in range(90)}
    ((text, hint),) = problems(ci_trust=SHOP, repositories=many)
    assert text.startswith("ci_trust/shop/github/push: its identity would have 90 of them")
    assert "further trusts" in hint
