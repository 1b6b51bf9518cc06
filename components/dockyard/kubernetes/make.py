"""Manifests as Pulumi resources."""

import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

_CLASSES: Mapping[str, str] = {
    "Secret": "core.v1",
    "ConfigMap": "core.v1",
    "ServiceAccount": "core.v1",
    "Role": "rbac.v1",
    "RoleBinding": "rbac.v1",
    "ClusterRole": "rbac.v1",
    "ClusterRoleBinding": "rbac.v1",
    "CronJob": "batch.v1",
    "Job": "batch.v1",
}


def make(name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """The resource of one manifest; what is no kind of Kubernetes itself is a custom resource."""
    kind = manifest["kind"]
    if kind not in _CLASSES:
        return _made(kubernetes.apiextensions.CustomResource, name, manifest, opts)
    return _made(_class(kind), name, manifest, opts)


def patch_account(
    name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> pulumi.CustomResource:
    """Changes a service account that exists: only what the manifest names, and only as long as this resource is there."""
    return _made(kubernetes.core.v1.ServiceAccountPatch, name, manifest, opts)


def _made(
    resource: Any, name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> pulumi.CustomResource:
    fields = {_snake(key): value for key, value in manifest.items()}
    made: pulumi.CustomResource = resource(name, opts=opts, **fields)
    return made


def _class(kind: str) -> Any:
    group, version = _CLASSES[kind].split(".")
    return getattr(getattr(getattr(kubernetes, group), version), kind)


def _snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", key)
