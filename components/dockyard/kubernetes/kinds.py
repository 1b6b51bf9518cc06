"""What the three clouds' registries need of a cluster."""

import re
from typing import Any

from dockyard.kubernetes.docker_config import host_problem
from dockyard.kubernetes.names import read_later
from dockyard.later import is_later
from dockyard.reader import Reader

KINDS = ("ecr", "acr", "gar")
USERS = {"ecr": "AWS", "acr": "00000000-0000-0000-0000-000000000000", "gar": "oauth2accesstoken"}
"""The user name that goes with a token."""
MODES = ("rbac", "abac")
_ROLE_ARN = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+"
_ENTRA_ID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_POOL = r"//iam\.googleapis\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+"
_REGION = r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+"
_ECR_REGION = re.compile(r"[^./]+\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+")
_ROLES = {"ecr": "AmazonEC2ContainerRegistryPullOnly", "gar": "roles/artifactregistry.reader"}
_AZURE_ROLES = {"rbac": "AcrPull", "abac": "Container Registry Repository Reader"}


def read_kind(reader: Reader) -> str:
    """Which cloud's registry it is."""
    return reader.choice("registry", "", KINDS)


def read_role(reader: Reader, kind: str) -> str:
    """The role or managed policy with which an identity may pull. Sources: "Amazon ECR managed policies", "Azure Container Registry
    permissions and role assignments", "Configure roles and permissions" of Artifact Registry."""
    mode = reader.choice("role_assignment_mode", "rbac", MODES)
    if kind != "acr" and reader.get("role_assignment_mode") is not None:
        reader.problem("role_assignment_mode", "is for acr only", "leave it out")
    return _AZURE_ROLES[mode] if kind == "acr" else _ROLES.get(kind, "")


def refuse_foreign(reader: Reader, kind: str, **keys: tuple[str, ...]) -> None:
    """Settings that mean something for another cloud: never ignored. keys: of each kind."""
    for other, names in keys.items():
        for key in names:
            if kind and other != kind and reader.get(key) is not None:
                reader.problem(key, f"is for {other} only", "leave it out")


def region_of(host: str) -> str:
    """The region in the host of an ECR registry; "" where there is none."""
    found = _ECR_REGION.fullmatch(host.lower())
    return found[1] if found else ""


def read_region(reader: Reader, host: Any) -> Any:
    """ECR's region: the one given, else the one in `host`. None where it can be told during the deployment only."""
    if reader.get("region") is not None:
        return read_later(reader, "region", _REGION, "eu-west-1")
    if is_later(host):
        return None
    region = region_of(str(host))
    if not region and not host_problem(str(host)):
        hint = "ACCOUNT.dkr.ecr.REGION.amazonaws.com"
        reader.problem("region", f"is required: {host!r} names none", hint)
    return region


def read_role_arn(reader: Reader) -> Any:
    """The IAM role under `role_arn`; None where it is left out."""
    if reader.get("role_arn") is None:
        return None
    return read_later(reader, "role_arn", _ROLE_ARN, "arn:aws:iam::123456789012:role/pull")


def read_entra_id(reader: Reader, key: str) -> Any:
    """The id of a tenant or of an application."""
    return read_later(reader, key, _ENTRA_ID, "00000000-1111-2222-3333-444444444444")


def read_audience(reader: Reader) -> Any:
    """The provider of a workload identity pool under `audience`; None where it is left out."""
    shape = "//iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
    return None if reader.get("audience") is None else read_later(reader, "audience", _POOL, shape)
