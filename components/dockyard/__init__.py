"""dockyard: a team's container registry as Pulumi components. Public names load what they need when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dockyard.args import (
        CiTrustArgs,
        DeletionPolicy,
        GitHubTrustArgs,
        GitLabTrustArgs,
        RegistryArgs,
        RepositoryArgs,
        RetentionArgs,
        RetentionRuleArgs,
    )
    from dockyard.aws.args import EcrRegistryArgs
    from dockyard.aws.ecr import EcrRegistry
    from dockyard.aws.ecr_endpoints import EcrVpcEndpoints
    from dockyard.aws.ecr_public import EcrPublicRegistry
    from dockyard.aws.ecr_settings import EcrRegistrySettings
    from dockyard.aws.endpoint_args import EcrVpcEndpointsArgs
    from dockyard.aws.public_args import EcrPublicRegistryArgs, EcrPublicRepositoryArgs
    from dockyard.aws.registry_args import EcrRegistrySettingsArgs
    from dockyard.azure.acr import AcrRegistry
    from dockyard.azure.args import AcrRegistryArgs
    from dockyard.gcp.args import GarRegistryArgs
    from dockyard.gcp.gar import GarRegistry
    from dockyard.kubernetes.args import PullAccessArgs, PullSecretArgs
    from dockyard.kubernetes.pull_access import PullAccess
    from dockyard.kubernetes.pull_secret import PullSecret
    from dockyard.registry import Registry, existing
    from dockyard.resources.certificate import Certificate
    from dockyard.resources.credential import Credential
    from dockyard.resources.host import Host
    from dockyard.run_error import ArgsError
    from dockyard.self_hosted.args import SelfHostedRegistryArgs, UserArgs
    from dockyard.self_hosted.registry import SelfHostedRegistry
    from dockyard.spelling import snake_args

__all__ = [
    "AcrRegistry",
    "AcrRegistryArgs",
    "ArgsError",
    "Certificate",
    "CiTrustArgs",
    "Credential",
    "DeletionPolicy",
    "EcrPublicRegistry",
    "EcrPublicRegistryArgs",
    "EcrPublicRepositoryArgs",
    "EcrRegistry",
    "EcrRegistryArgs",
    "EcrRegistrySettings",
    "EcrRegistrySettingsArgs",
    "EcrVpcEndpoints",
    "EcrVpcEndpointsArgs",
    "GarRegistry",
    "GarRegistryArgs",
    "GitHubTrustArgs",
    "GitLabTrustArgs",
    "Host",
    "PullAccess",
    "PullAccessArgs",
    "PullSecret",
    "PullSecretArgs",
    "Registry",
    "RegistryArgs",
    "RepositoryArgs",
    "RetentionArgs",
    "RetentionRuleArgs",
    "SelfHostedRegistry",
    "SelfHostedRegistryArgs",
    "UserArgs",
    "existing",
    "snake_args",
]
__version__ = "0.1.0"

_HOMES = {
    "AcrRegistry": "dockyard.azure.acr",
    "AcrRegistryArgs": "dockyard.azure.args",
    "ArgsError": "dockyard.run_error",
    "Certificate": "dockyard.resources.certificate",
    "Credential": "dockyard.resources.credential",
    "DeletionPolicy": "dockyard.args",
    "EcrRegistry": "dockyard.aws.ecr",
    "EcrRegistryArgs": "dockyard.aws.args",
    "EcrRegistrySettings": "dockyard.aws.ecr_settings",
    "EcrRegistrySettingsArgs": "dockyard.aws.registry_args",
    "EcrVpcEndpoints": "dockyard.aws.ecr_endpoints",
    "EcrVpcEndpointsArgs": "dockyard.aws.endpoint_args",
    "EcrPublicRegistry": "dockyard.aws.ecr_public",
    "EcrPublicRegistryArgs": "dockyard.aws.public_args",
    "EcrPublicRepositoryArgs": "dockyard.aws.public_args",
    "GarRegistry": "dockyard.gcp.gar",
    "GarRegistryArgs": "dockyard.gcp.args",
    "CiTrustArgs": "dockyard.args",
    "GitHubTrustArgs": "dockyard.args",
    "GitLabTrustArgs": "dockyard.args",
    "Host": "dockyard.resources.host",
    "PullAccess": "dockyard.kubernetes.pull_access",
    "PullAccessArgs": "dockyard.kubernetes.args",
    "PullSecret": "dockyard.kubernetes.pull_secret",
    "PullSecretArgs": "dockyard.kubernetes.args",
    "Registry": "dockyard.registry",
    "RegistryArgs": "dockyard.args",
    "RepositoryArgs": "dockyard.args",
    "RetentionArgs": "dockyard.args",
    "RetentionRuleArgs": "dockyard.args",
    "SelfHostedRegistry": "dockyard.self_hosted.registry",
    "SelfHostedRegistryArgs": "dockyard.self_hosted.args",
    "UserArgs": "dockyard.self_hosted.args",
    "existing": "dockyard.registry",
    "snake_args": "dockyard.spelling",
}


_EXTRAS = {
    "pulumi_aws": "aws",
    "pulumi_azure": "azure",
    "pulumi_azure_native": "azure",
    "pulumi_gcp": "gcp",
    "pulumi_kubernetes": "kubernetes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dockyard' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        text = f"{name} needs {error.name}, which is not installed: pip install 'dockyard[{_EXTRAS[error.name]}]'"
        raise ModuleNotFoundError(text, name=error.name) from None
