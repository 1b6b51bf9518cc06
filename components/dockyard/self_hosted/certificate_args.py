"""The argument `certificate` as the state keeps it: what is secret in it is one there."""

from collections.abc import Mapping
from typing import Any

import pulumi

from dockyard.self_hosted.args import AcmeArgs, SelfHostedRegistryArgs

SECRET = ("private_key", "environment", "hmac_key")


def acme_args(args: SelfHostedRegistryArgs) -> AcmeArgs:
    """Empty without ACME."""
    return (args.get("certificate") or {}).get("acme") or {}


def recorded_certificate(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with secrets in it."""
    return {key: _recorded(key, value) for key, value in given.items()}


def _recorded(key: str, value: Any) -> Any:
    if key in SECRET:
        return pulumi.Output.secret(value)
    return recorded_certificate(value) if isinstance(value, Mapping) else value
