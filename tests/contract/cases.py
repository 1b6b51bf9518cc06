"""Every registry, made of the same few arguments, and what each of them cannot promise."""

import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any

REPOSITORIES: dict[str, dict[str, Any]] = {"api": {}, "team/web": {}}
TAGS = {"team": "platform"}
GROUP = "/subscriptions/5ac7a8c5-0000-4000-8000-000000000001/resourceGroups/rg/providers"
CI = {
    "shop": {
        "github": {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]},
    }
}


@dataclass(frozen=True)
class Case:
    """One registry.

    args: what it needs beside `repositories`. more: what makes as many kinds of children as there are.
    outputs, answers: what the cloud would say, by type and by function. provider: the package of its explicit provider.
    tags: whether it takes tags. refused: arguments that it cannot keep, with the path and a word of the hint that say so.
    """

    name: str
    module: str
    args: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    provider: str = ""
    tags: bool = True
    refused: tuple[tuple[dict[str, Any], str, str], ...] = ()

    def make(self, name: str, opts: Any = None, **more: Any) -> Any:
        args = {**self.args, "repositories": REPOSITORIES, **more}
        return getattr(importlib.import_module(self.module), self.name)(name, args, opts)


SELF_HOSTED = Case(
    "SelfHostedRegistry",
    "dockyard.self_hosted.registry",
    {"domain": "localhost", "port": 8443, "users": {"ci": {"push": ["**"]}, "reader": {"pull": ["**"]}}},
    outputs={
        "dockyard:index:Credential": {"password": "word", "htpasswd": "line"},
        "dockyard:index:Certificate": {"certificate": "PEM", "privateKey": "KEY"},
    },
    tags=False,
    refused=(
        ({"tags": TAGS}, "tags: cannot be kept", "leave it out"),
        ({"ci_trust": {"shop": {}}}, "ci_trust: cannot be kept", "a name of its own in users"),
        ({"pull": ["reader"]}, "pull: cannot be kept", "users: {NAME: {pull"),
        ({"push": ["ci"]}, "push: cannot be kept", "users: {NAME: {push"),
        (
            {"repositories": {"api": {"retention": {"keep_last": 3}}}},
            "repositories/api/retention",
            "of the whole registry here",
        ),
        ({"version": "3"}, "version: 3 needs `program`", "program: /usr/local/bin/registry"),
    ),
)

GAR = Case(
    "GarRegistry",
    "dockyard.gcp.gar",
    {"location": "europe-west1"},
    {
        "ci_trust": CI,
        "pull": ["user:a@example.com", "user:b@example.com"],
        "push": ["group:c@example.com"],
        "retention": {"untagged_days": 3, "keep_tags": ["v*"]},
        "download_rules": {"old": {"condition": "pkg.version.id < '2.0'"}},
        "vpcsc_policy": "deny",
        "platform_logs": "info",
        "enable_apis": True,
    },
    {
        "gcp:artifactregistry/repository:Repository": {"project": "shop-1"},
        "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
            "name": "projects/7/locations/global/workloadIdentityPools/images-ci"
        },
    },
    {
        "gcp:organizations/getClientConfig:getClientConfig": {
            "accessToken": "word",
            "defaultLabels": {},
            "id": "",
            "project": "",
            "region": "",
            "zone": "",
        }
    },
    provider="pulumi_gcp",
    refused=(
        ({"deletion": "empty"}, "deletion: 'empty' cannot be kept", "retain keeps it"),
        (
            {"repositories": {"api": {"immutable_tags": False}}},
            "repositories/api/immutable_tags",
            "repository_per_key",
        ),
        ({"repositories": {"api": {"pull": ["user:a@b.c"]}}}, "repositories/api/pull", "repository_per_key"),
        ({"tags": {"Team": "x"}}, "tags/Team: cannot be a label's key", "team"),
        (
            {"retention": {"keep_last": 3}},
            "retention/keep_last: Artifact Registry counts",
            "say older_than_days",
        ),
    ),
)

ECR = Case(
    "EcrRegistry",
    "dockyard.aws.ecr",
    {},
    {
        "ci_trust": CI,
        "pull": ["111122223333", "arn:aws:iam::123456789012:role/a"],
        "push": ["arn:aws:iam::123456789012:role/b"],
        "organizations": ["o-a1b2c3d4e5"],
        "retention": {"untagged_days": 3, "keep_last": 30, "keep_tags": ["v*"]},
    },
    {
        "aws:ecr/repository:Repository": {
            "arn": "arn:aws:ecr:eu-central-1:123456789012:repository/x",
            "repositoryUrl": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/x",
        },
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
            "arn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
        },
        "aws:iam/role:Role": {"arn": "arn:aws:iam::123456789012:role/x"},
    },
    {
        "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
            "authorizationToken": "",
            "expiresAt": "",
            "id": "",
            "proxyEndpoint": "",
            "region": "",
            "password": "word",
            "userName": "AWS",
        }
    },
    provider="pulumi_aws",
    refused=(
        ({"deletion": "keep"}, "deletion: must be one of retain, empty, force", ""),
        ({"pull": ["*"]}, "pull/0: is no principal: '*'", "an account's number"),
        (
            {"retention": {"rules": {"x": {"tags": ["a*", "b*"], "keep_last": 3}}}},
            "retention/rules/x: ECR counts",
            "make a rule for each pattern",
        ),
    ),
)

ACR = Case(
    "AcrRegistry",
    "dockyard.azure.acr",
    {"resource_group_name": "rg", "location": "westeurope"},
    {
        "ci_trust": CI,
        "pull": ["0b1e0000-0000-4000-8000-000000000001", "group:0b1e0000-0000-4000-8000-000000000002"],
        "push": ["user:0b1e0000-0000-4000-8000-000000000003"],
        "retention": {"untagged_days": 3, "keep_tags": ["v*"]},
        "sku": "Premium",
        "replicas": {"northeurope": {}},
        "private_endpoints": {
            "hub": {
                "subnet_id": f"{GROUP}/Microsoft.Network/virtualNetworks/v/subnets/n",
                "dns_zone_id": f"{GROUP}/Microsoft.Network/privateDnsZones/privatelink.azurecr.io",
            }
        },
        "encryption": {
            "key_identifier": "https://v.vault.azure.net/keys/k",
            "identity_id": f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/i",
            "identity_client_id": "0b1e0000-0000-4000-8000-000000000007",
        },
        "cache": {"dotnet": {"source": "mcr.microsoft.com/dotnet/*", "target": "dotnet/*"}},
        "diagnostics": {"logs": {"workspace_id": f"{GROUP}/Microsoft.OperationalInsights/workspaces/w"}},
        "lock": True,
    },
    {
        "azure-native:resources:Resource": {
            "id": f"{GROUP}/Microsoft.ContainerRegistry/registries/images",
            "name": "images",
            "properties": {"loginServer": "images.azurecr.io"},
            "identity": {"principalId": "0b1e0000-0000-4000-8000-000000000004", "userAssignedIdentities": {}},
        },
        "azure-native:managedidentity:UserAssignedIdentity": {
            "name": "images-ci-shop-push",
            "clientId": "0b1e0000-0000-4000-8000-000000000005",
            "principalId": "0b1e0000-0000-4000-8000-000000000006",
        },
    },
    {
        "azure-native:authorization:getClientConfig": {
            "clientId": "",
            "objectId": "",
            "subscriptionId": "5ac7a8c5-0000-4000-8000-000000000001",
            "tenantId": "7e7a7000-0000-4000-8000-000000000002",
        },
        "azure-native:authorization:getClientToken": {"token": "entra"},
    },
    provider="pulumi_azure_native",
    refused=(
        ({"deletion": "empty"}, "deletion: 'empty' cannot be kept", "retain keeps it"),
        ({"immutable_tags": True}, "immutable_tags: cannot be kept", "pull by digest"),
        (
            {"repositories": {"api": {"immutable_tags": True}}},
            "repositories/api/immutable_tags: cannot be kept",
            "pull by digest",
        ),
        ({"pull": ["api@example.com"]}, "pull/0: is no principal", "an object id of Entra"),
        ({"ip_rules": ["203.0.113.7"]}, "ip_rules: needs the tier Premium", "sku: Premium"),
        ({"admin_user": True}, "admin_user: is always off", "sign in with Entra"),
    ),
)

CASES = (SELF_HOSTED, GAR, ECR, ACR)


def tag_key(token: str) -> str | None:
    """The input that carries tags on resources of this type, asked of the SDK's class; None where none does."""
    package, module, name = token.split(":")
    if package in ("dockyard", "pulumi"):
        return None
    home = importlib.import_module(f"pulumi_{package.replace('-', '_')}.{module.partition('/')[0]}")
    inputs = inspect.signature(getattr(home, name)._internal_init).parameters
    return next((key for key in ("tags", "labels") if key in inputs), None)
