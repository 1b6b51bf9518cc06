"""Trusts in CI and the tokens that knock at them."""

from collections.abc import Callable, Mapping
from typing import Any

from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.trust import aws, azure, gcp
from dockyard.trust.evaluate import Cloud, evaluate
from dockyard.trust.read import read_trusts
from dockyard.trust.trust import Access, Service, Trust
from dockyard.trust.verdict import Verdict

CLOUDS = tuple(Cloud)
MODULES = {Cloud.AWS: aws, Cloud.AZURE: azure, Cloud.GCP: gcp}
POOL = "projects/1/locations/global/workloadIdentityPools/registry"
PROVIDER = f"{POOL}/providers/shop-push"
KEYS = ("api", "team/web")
GITHUB = {
    "repository": "acme/shop",
    "owner_id": "123456",
    "repository_id": "456789",
    "branches": ["main"],
    "tags": ["v1.0"],
    "environments": ["production"],
    "pull_requests": True,
}
GITLAB = {
    "project": "acme/platform/shop",
    "project_id": "20",
    "namespace_id": "72",
    "branches": ["main"],
    "tags": ["v1.0"],
    "acknowledge_mutable_subject": True,
}
MAIN = "ref:refs/heads/main"
IMMUTABLE, LEGACY = "repo:acme@123456/shop@456789", "repo:acme/shop"
AUDIENCES = {
    Cloud.AWS: "sts.amazonaws.com",
    Cloud.AZURE: "api://AzureADTokenExchange",
    Cloud.GCP: f"https://iam.googleapis.com/{PROVIDER}",
}


def read(entry: object, cloud: Cloud = Cloud.GCP, name: str = "shop") -> tuple[list[Trust], list[Problem]]:
    """The trusts of `ci_trust: {name: entry}` for that cloud, and everything that is wrong with them."""
    problems: list[Problem] = []
    reader = Reader({"ci_trust": {name: entry}}, problems)
    trusts = read_trusts(reader, KEYS, MODULES[cloud].refusals)
    reader.finish()
    return list(trusts), problems


def trust_of(service: Service, cloud: Cloud, **changes: Any) -> Trust:
    """A trust with nothing wrong."""
    base = GITHUB if service is Service.GITHUB else GITLAB
    trusts, problems = read({service.value: {**base, **changes}}, cloud)
    assert problems == []
    return trusts[0]


def provider_arn(trust: Trust) -> str:
    return f"arn:aws:iam::123456789012:oidc-provider/{trust.issuer_host}"


def _gcp(trust: Trust, access: Access) -> dict[str, Any]:
    return {
        "name": PROVIDER,
        "oidc": {"issuerUri": trust.issuer},
        "attributeMapping": gcp.attribute_mapping(trust, access),
        "attributeCondition": gcp.attribute_condition(trust, access),
    }


RENDER: dict[Cloud, Callable[[Trust, Access], Any]] = {
    Cloud.AWS: lambda trust, access: aws.assume_role_policy(trust, provider_arn(trust), access=access),
    Cloud.AZURE: lambda trust, access: azure.federated_credentials(trust, access),
    Cloud.GCP: _gcp,
}


def judge(trust: Trust, cloud: Cloud, claims: Mapping[str, Any], access: Access = Access.PUSH) -> Verdict:
    """What the cloud would say, by what is rendered for it."""
    return evaluate(RENDER[cloud](trust, access), claims, cloud)


def github_token(cloud: Cloud, sub: str = f"{IMMUTABLE}:{MAIN}", **changes: Any) -> dict[str, Any]:
    """Claims as GitHub makes them for a push to main. A change to None takes the claim away."""
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": AUDIENCES[cloud],
        "sub": sub,
        "repository": "acme/shop",
        "repository_id": "456789",
        "repository_owner": "acme",
        "repository_owner_id": "123456",
        "ref": "refs/heads/main",
        "event_name": "push",
        "run_id": "9876543210",
        "actor": "octocat",
        "workflow": "Release",
        "job_workflow_ref": "acme/shop/.github/workflows/release.yml@refs/heads/main",
        **changes,
    }
    return {claim: value for claim, value in claims.items() if value is not None}


def gitlab_token(cloud: Cloud, **changes: Any) -> dict[str, Any]:
    """Claims as GitLab makes them for a push to main. A change to None takes the claim away."""
    claims = {
        "iss": "https://gitlab.com",
        "aud": AUDIENCES[cloud],
        "sub": "project_path:acme/platform/shop:ref_type:branch:ref:main",
        "project_path": "acme/platform/shop",
        "project_id": "20",
        "namespace_id": "72",
        "ref": "main",
        "ref_type": "branch",
        "ref_protected": "true",
        "pipeline_source": "push",
        "pipeline_id": "574",
        **changes,
    }
    return {claim: value for claim, value in claims.items() if value is not None}
