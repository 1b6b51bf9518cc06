"""Arguments of `PullAccess`, one for each way and cloud."""

from typing import Any

DIGEST = f"sha256:{'0a' * 32}"
IMAGE = f"public.ecr.aws/aws-cli/aws-cli@{DIGEST}"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
GAR = "europe-west1-docker.pkg.dev"
ACR = "acme.azurecr.io"
ROLE = "arn:aws:iam::123456789012:role/pull"
CLIENT, TENANT = "00000000-1111-2222-3333-444444444444", "55555555-6666-7777-8888-999999999999"
POOL = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/k/providers/k"
WHERE = {"namespaces": ["web", "api"]}
WHO = {**WHERE, "service_accounts": ["shop"]}

ACCESS: dict[str, dict[str, Any]] = {
    "nodes": {"node_identity": {"registry": "ecr"}},
    "eks": {"workload_identity": {"registry": "ecr", "role_arn": ROLE, **WHO}},
    "aks": {"workload_identity": {"registry": "acr", "client_id": CLIENT, **WHO}},
    "own-acr": {
        "workload_identity": {
            "registry": "acr",
            "client_id": CLIENT,
            "tenant_id": TENANT,
            "own_cluster": True,
            **WHO,
        }
    },
    "gke": {"workload_identity": {"registry": "gar", "create": True, **WHO}},
    "job-ecr": {"refresher": {"registry": "ecr", "host": ECR, "image": IMAGE, "role_arn": ROLE, **WHERE}},
    "job-acr": {
        "refresher": {
            "registry": "acr",
            "host": ACR,
            "image": IMAGE,
            "client_id": CLIENT,
            "tenant_id": TENANT,
            **WHO,
        }
    },
    "job-gar": {"refresher": {"registry": "gar", "host": GAR, "image": IMAGE, **WHERE}},
    "job-gar-pool": {
        "refresher": {"registry": "gar", "host": GAR, "image": IMAGE, "audience": POOL, **WHERE}
    },
    "eso-ecr": {"external_secrets": {"registry": "ecr", "host": ECR, **WHERE}},
    "eso-acr": {
        "external_secrets": {
            "registry": "acr",
            "host": ACR,
            "tenant_id": TENANT,
            "identity": "puller",
            **WHERE,
        }
    },
    "eso-gke": {
        "external_secrets": {
            "registry": "gar",
            "host": GAR,
            "project": "my-project-1",
            "cluster_name": "main",
            "cluster_location": "europe-west1",
            "identity": "puller",
            **WHO,
        }
    },
    "eso-gar": {
        "external_secrets": {
            "registry": "gar",
            "host": GAR,
            "project": "my-project-1",
            "audience": POOL,
            "identity": "puller",
            **WHERE,
        }
    },
    "static": {"static": {"host": "registry.acme.dev", "username": "ci", "password": "word", **WHO}},
}


def changed(case: str, **changes: Any) -> dict[str, Any]:
    """The case with other settings of its way; None leaves one out."""
    ((way, settings),) = ACCESS[case].items()
    merged = {**settings, **changes}
    return {way: {key: value for key, value in merged.items() if value is not None}}
