"""Settings of workflows that use everything."""

from typing import Any

AWS = {"aws": {"roleArn": "arn:aws:iam::123456789012:role/push", "region": "eu-central-1"}}
GUID = "11111111-1111-1111-1111-111111111111"
AZURE = {"azure": {"clientId": GUID, "tenantId": GUID, "subscriptionId": GUID}}
POOL = "projects/7/locations/global/workloadIdentityPools/registry-ci"
GCP = {"gcp": {"provider": f"{POOL}/providers/shop-push"}}
OWN = {"selfHosted": {"username": "ci", "ownAuthority": True}}
REFERENCES = {
    "aws": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/api",
    "azure": "acmestaging.azurecr.io/web",
    "gcp": "europe-west1-docker.pkg.dev/acme/registry/job",
    "selfHosted": "registry.example.com:8443/team/own",
}
LOGINS = (AWS, AZURE, GCP, OWN)


def image(login: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"image": REFERENCES[next(iter(login))], "login": login, **more}


def everything(**more: Any) -> dict[str, Any]:
    """Every workflow, every login, with environments and without, large and simple."""
    stacks = {
        "dev": {"environment": "dev", "login": AWS, "previewLogin": AWS},
        "staging": {"environment": "staging", "after": ["dev"], "login": AZURE, "previewLogin": AZURE},
        "prod": {"environment": "production", "after": ["staging"], "login": GCP, "previewLogin": GCP},
        "local": {},
    }
    images: dict[str, Any] = {}
    for login in LOGINS:
        kind = next(iter(login)).lower()
        images[kind] = image(login, platforms=["linux/amd64", "linux/arm64"])
        images[f"{kind}-released"] = image(login, environment="release")
        images[f"{kind}-simple"] = image(login, environment="release", simple=True)
    return {"backend": "s3://acme-state", "policyPack": "policy", "stacks": stacks, "images": images, **more}
