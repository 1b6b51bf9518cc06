"""dockyard: a team's container registry as Pulumi components. Public names load what they need when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dockyard.args import (
        DeletionPolicy,
        GitHubTrustArgs,
        RegistryArgs,
        RepositoryArgs,
        RetentionArgs,
        RetentionRuleArgs,
    )
    from dockyard.registry import Registry, existing
    from dockyard.resources.certificate import Certificate
    from dockyard.resources.credential import Credential
    from dockyard.resources.host import Host
    from dockyard.run_error import ArgsError
    from dockyard.self_hosted.args import SelfHostedRegistryArgs, UserArgs
    from dockyard.self_hosted.registry import SelfHostedRegistry

__all__ = [
    "ArgsError",
    "Certificate",
    "Credential",
    "DeletionPolicy",
    "GitHubTrustArgs",
    "Host",
    "Registry",
    "RegistryArgs",
    "RepositoryArgs",
    "RetentionArgs",
    "RetentionRuleArgs",
    "SelfHostedRegistry",
    "SelfHostedRegistryArgs",
    "UserArgs",
    "existing",
]
__version__ = "0.1.0"

_HOMES = {
    "ArgsError": "dockyard.run_error",
    "Certificate": "dockyard.resources.certificate",
    "Credential": "dockyard.resources.credential",
    "DeletionPolicy": "dockyard.args",
    "GitHubTrustArgs": "dockyard.args",
    "Host": "dockyard.resources.host",
    "Registry": "dockyard.registry",
    "RegistryArgs": "dockyard.args",
    "RepositoryArgs": "dockyard.args",
    "RetentionArgs": "dockyard.args",
    "RetentionRuleArgs": "dockyard.args",
    "SelfHostedRegistry": "dockyard.self_hosted.registry",
    "SelfHostedRegistryArgs": "dockyard.self_hosted.args",
    "UserArgs": "dockyard.self_hosted.args",
    "existing": "dockyard.registry",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dockyard' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
