"""Manifests of pull secrets and of the service accounts that use them: plain data."""

from collections.abc import Mapping
from typing import Any

from dockyard.kubernetes.docker_config import EMPTY, encoded

SECRET_TYPE = "kubernetes.io/dockerconfigjson"  # noqa: S105 -- a type
KEY = ".dockerconfigjson"


def metadata(
    name: str, namespace: str = "", labels: Mapping[str, str] | None = None, **annotations: Any
) -> dict[str, Any]:
    """`metadata` without what is empty."""
    made: dict[str, Any] = {"name": name}
    if namespace:
        made["namespace"] = namespace
    if labels:
        made["labels"] = dict(labels)
    if annotations:
        made["annotations"] = annotations
    return made


def pull_secret(
    name: str, namespace: str, data: Any, labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A pull secret; `data` is the encoded `.dockerconfigjson`."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(name, namespace, labels),
        "type": SECRET_TYPE,
        "data": {KEY: data},
    }


def empty_pull_secret(name: str, namespace: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A pull secret without a login, to be filled by another: who may only change it could not make it."""
    return pull_secret(name, namespace, encoded(EMPTY), labels)


def account_with_secret(account: str, namespace: str, secret: str) -> dict[str, Any]:
    """What a service account is to have so that its pods use the Secret. Kubernetes keeps `imagePullSecrets` as one value."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(account, namespace),
        "imagePullSecrets": [{"name": secret}],
    }
