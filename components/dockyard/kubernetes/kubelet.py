"""The kubelet's configuration of credential providers, for clusters whose nodes you set up.

Sources: "Configure a kubelet image credential provider" and "Kubelet Configuration (v1)" of Kubernetes; the README of
cloud-provider-aws's ecr-credential-provider, "Credential provider for Azure Container Registry" of cloud-provider-azure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

ECR_ANNOTATION = "eks.amazonaws.com/ecr-role-arn"
ACR_ANNOTATIONS = ("kubernetes.azure.com/acr-client-id", "kubernetes.azure.com/acr-tenant-id")
AUDIENCES = {"ecr": "sts.amazonaws.com", "acr": "api://AzureADTokenExchange"}
"""The audience of the tokens that the kubelet gets for service accounts."""


@dataclass(frozen=True)
class Plugin:
    """One credential provider: the name of its program on the nodes, the images it is for, and what it is started with."""

    name: str
    images: tuple[str, ...]
    cache: str
    arguments: tuple[str, ...] = ()
    token: Mapping[str, Any] = field(default_factory=dict)


_PLUGINS = {
    "ecr": Plugin(
        "ecr-credential-provider",
        (
            "*.dkr.ecr.*.amazonaws.com",
            "*.dkr.ecr.*.amazonaws.com.cn",
            "*.dkr-ecr.*.on.aws",
            "*.dkr.ecr-fips.*.amazonaws.com",
        ),
        "6h",
        token={
            "serviceAccountTokenAudience": AUDIENCES["ecr"],
            "cacheType": "ServiceAccount",
            # Pods whose account names no role go on with the node's identity.
            "requireServiceAccount": False,
            "optionalServiceAccountAnnotationKeys": [ECR_ANNOTATION],
        },
    ),
    "acr": Plugin(
        "acr-credential-provider",
        ("*.azurecr.io", "*.azurecr.cn", "*.azurecr.us"),
        "10m",
        ("/etc/kubernetes/azure.json",),
        {
            "serviceAccountTokenAudience": AUDIENCES["acr"],
            "cacheType": "ServiceAccount",
            "requireServiceAccount": True,
            "requiredServiceAccountAnnotationKeys": list(ACR_ANNOTATIONS),
        },
    ),
    "gar": Plugin(
        "auth-provider-gcp",
        ("container.cloud.google.com", "gcr.io", "*.gcr.io", "*.pkg.dev"),
        "1m",
        ("get-credentials",),
    ),
}


def kubelet_config(kind: str, by_account: bool) -> str:
    """The text of the file that `--image-credential-provider-config` names, YAML.

    by_account: whether pods pull with the identity of their service account, else with the node's.
    """
    plugin = _PLUGINS[kind]
    provider: dict[str, Any] = {
        "name": plugin.name,
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "matchImages": list(plugin.images),
        "defaultCacheDuration": plugin.cache,
    }
    if plugin.arguments:
        provider["args"] = list(plugin.arguments)
    if by_account and plugin.token:
        provider["tokenAttributes"] = dict(plugin.token)
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [provider],
    }
    return yaml.safe_dump(config, sort_keys=False)
