"""dockyard: a team's container registry as Pulumi components. Public names load what they need when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    "Host",
    "SelfHostedRegistry",
    "SelfHostedRegistryArgs",
    "UserArgs",
]
__version__ = "0.1.0"

_HOMES = {
    "ArgsError": "dockyard.run_error",
    "Certificate": "dockyard.resources.certificate",
    "Credential": "dockyard.resources.credential",
    "Host": "dockyard.resources.host",
    "SelfHostedRegistry": "dockyard.self_hosted.registry",
    "SelfHostedRegistryArgs": "dockyard.self_hosted.args",
    "UserArgs": "dockyard.self_hosted.args",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dockyard' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
