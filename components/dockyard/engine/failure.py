"""How a provider fails."""

from collections.abc import Sequence
from typing import Any

from dockyard.engine import wire
from dockyard.engine.stubs import provider_pb2

Properties = dict[str, Any]
_PARTIAL = "grpc-status-details-bin"


class ProviderError(Exception):
    """A provider refused or failed. `str()` is its own text."""


class InitError(ProviderError):
    """A resource was made or changed but is not healthy: it exists, with this id and these outputs, and
    must be kept in the state.
    """

    def __init__(
        self, reasons: Sequence[str], id_: str, outputs: Properties, inputs: Properties | None
    ) -> None:
        super().__init__("\n".join(reasons) or "the resource was made, but is not healthy")
        self.reasons = list(reasons)
        self.id = id_
        self.outputs = outputs
        self.inputs = inputs


def from_rpc(error: Any) -> ProviderError:
    """The error as the provider meant it: partial failures carry the resource as it is."""
    for key, value in error.trailing_metadata() or ():
        if key != _PARTIAL:
            continue
        # Not among the stubs that load without the SDK, and seldom needed.
        from pulumi.runtime.proto import status_pb2

        for detail in status_pb2.Status.FromString(value).details:
            if detail.Is(provider_pb2.ErrorResourceInitFailed.DESCRIPTOR):
                failed = provider_pb2.ErrorResourceInitFailed()
                detail.Unpack(failed)
                inputs = wire.decode(failed.inputs) if failed.HasField("inputs") else None
                return InitError(failed.reasons, failed.id, wire.decode(failed.properties), inputs)
    return ProviderError(error.details() or error.code().name)
