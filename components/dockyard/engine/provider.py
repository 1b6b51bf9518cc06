"""One running provider, as the engine calls it: Python values in, Python values out.

What a provider does not understand (secrets, resource references) is sent plain, and secrets are put back
on what it returns. Field by field as Pulumi's `pkg/resource/plugin/provider_plugin.go`.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2

from dockyard.engine import diff as diffs
from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.diff import Diff
from dockyard.engine.failure import ProviderError, from_rpc
from dockyard.engine.stubs import provider_pb2, provider_pb2_grpc
from dockyard.engine.wire import Accepts

Properties = dict[str, Any]
# A resource that failed half-way comes back with its whole state in the answer's metadata.
_METADATA_LIMIT = 64 * 1024 * 1024
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", _METADATA_LIMIT),
    ("grpc.absolute_max_metadata_size", _METADATA_LIMIT),
]


@dataclass(frozen=True, slots=True)
class Target:
    """The resource that a call is about. `timeout` is in seconds, 0 for the provider's own."""

    urn: str
    id: str = ""
    timeout: float = 0.0

    @property
    def names(self) -> dict[str, Any]:
        """The fields that name the resource in every request."""
        parsed = urns.parse(self.urn)
        return {"urn": self.urn, "name": parsed.name, "type": parsed.type}


class Provider:
    """A provider plugin behind a channel. Calls raise ProviderError; they may be made from many threads."""

    def __init__(self, channel: grpc.Channel, package: str) -> None:
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self._package = package
        self._accepts = Accepts(secrets=False, resources=False)
        self._shook_hands = False
        self._supports_preview = False
        self.configured = False

    def handshake(self, engine_address: str, folder: str) -> None:
        """Say what the engine can do. A provider from before handshakes says what it can when it is
        configured.
        """
        request = provider_pb2.ProviderHandshakeRequest(
            engine_address=engine_address,
            root_directory=folder,
            program_directory=folder,
            configure_with_urn=True,
            invoke_with_preview=True,
        )
        try:
            answer = self._stub.Handshake(request)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return
            raise from_rpc(error) from None
        self._shook_hands = True
        self._accepts = Accepts(secrets=answer.accept_secrets, resources=answer.accept_resources)

    def check_config(
        self, target: Target, olds: Properties, news: Properties
    ) -> tuple[Properties, list[tuple[str, str]]]:
        """The provider's configuration as it wants it, and the problems in it as (property, reason)."""
        request = provider_pb2.CheckRequest(olds=wire.encode(olds), news=wire.encode(news), **target.names)
        try:
            answer = self._stub.CheckConfig(request)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return news, []
            raise from_rpc(error) from None
        inputs = wire.decode(answer.inputs) if answer.HasField("inputs") else news
        return inputs, [(failure.property, failure.reason) for failure in answer.failures]

    def diff_config(
        self, target: Target, old_inputs: Properties, old_outputs: Properties, news: Properties
    ) -> Diff:
        """What a change of the provider's configuration means for the resources made with it."""
        request = provider_pb2.DiffRequest(
            id=target.id,
            olds=wire.encode(old_outputs),
            old_inputs=wire.encode(old_inputs),
            news=wire.encode(news),
            **target.names,
        )
        try:
            return diffs.from_message(self._stub.DiffConfig(request))
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return Diff(changed=None)
            raise from_rpc(error) from None

    def configure(self, target: Target, inputs: Properties) -> None:
        """Give the provider its configuration. One with unknowns in it (previews) leaves it unconfigured."""
        if wire.has_unknown(inputs):
            return
        variables = {
            f"{self._package}:config:{key}": _text(value) for key, value in inputs.items() if key != "version"
        }
        request = provider_pb2.ConfigureRequest(
            variables=variables,
            args=wire.encode(inputs),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            id=target.id,
            **target.names,
        )
        answer = _call(self._stub.Configure, request)
        self._supports_preview = answer.supportsPreview or self._shook_hands
        if not self._shook_hands:
            self._accepts = Accepts(secrets=answer.acceptSecrets, resources=answer.acceptResources)
        self.configured = True

    def _send(self, properties: Properties, unknowns: bool = False) -> struct_pb2.Struct:
        if not unknowns and wire.has_unknown(properties):
            raise ProviderError("a property is unknown, which a provider may see in previews only")
        return wire.encode(properties, self._accepts)

    def _receive(self, struct: struct_pb2.Struct, inputs: Properties) -> Properties:
        outputs = wire.decode(struct)
        return outputs if self._accepts.secrets else wire.keep_secrets(outputs, inputs)

    def check(
        self, target: Target, olds: Properties, news: Properties, *, preview: bool
    ) -> tuple[Properties, list[tuple[str, str]]]:
        """The inputs with the provider's defaults, and the problems in them as (property, reason)."""
        if not self.configured:
            return news, []
        request = provider_pb2.CheckRequest(
            olds=self._send(olds, preview),
            news=self._send(news, preview),
            randomSeed=os.urandom(32),
            **target.names,
        )
        answer = _call(self._stub.Check, request)
        return self._receive(answer.inputs, news), [
            (failure.property, failure.reason) for failure in answer.failures
        ]

    def diff(
        self,
        target: Target,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore: Sequence[str] = (),
    ) -> Diff:
        """How the new inputs differ from what is. Unknowns are allowed: a plan of replacements asks with
        them.
        """
        if not self.configured:
            return Diff(changed=True)
        request = provider_pb2.DiffRequest(
            id=target.id,
            old_inputs=self._send(old_inputs, True),
            olds=self._send(old_outputs, True),
            news=self._send(news, True),
            ignoreChanges=ignore,
            **target.names,
        )
        return diffs.from_message(_call(self._stub.Diff, request))

    def create(self, target: Target, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Make the resource: its id and outputs. In a preview nothing is made and the id is ""."""
        if preview and not (self.configured and self._supports_preview):
            return "", inputs if self.configured else {}
        request = provider_pb2.CreateRequest(
            properties=self._send(inputs, preview), timeout=target.timeout, preview=preview, **target.names
        )
        answer = _call(self._stub.Create, request)
        if not answer.id and not preview:
            raise ProviderError("the provider gave no id for what it created")
        return answer.id, self._receive(answer.properties, inputs)

    def update(
        self,
        target: Target,
        old_inputs: Properties,
        old_outputs: Properties,
        inputs: Properties,
        *,
        preview: bool,
        ignore: Sequence[str] = (),
    ) -> Properties:
        """Change the resource in place: its outputs."""
        if preview and not (self.configured and self._supports_preview):
            return inputs if self.configured else {}
        request = provider_pb2.UpdateRequest(
            id=target.id,
            old_inputs=self._send(old_inputs, preview),
            olds=self._send(old_outputs, preview),
            news=self._send(inputs, preview),
            timeout=target.timeout,
            preview=preview,
            ignoreChanges=ignore,
            **target.names,
        )
        return self._receive(_call(self._stub.Update, request).properties, inputs)

    def read(
        self, target: Target, inputs: Properties, outputs: Properties
    ) -> tuple[str, Properties, Properties]:
        """The resource as it is: id, inputs, outputs. The id is "" where it is gone."""
        request = provider_pb2.ReadRequest(
            id=target.id, inputs=self._send(inputs), properties=self._send(outputs), **target.names
        )
        answer = _call(self._stub.Read, request)
        if not answer.id:
            return "", {}, {}
        found = self._receive(answer.inputs, inputs) if answer.HasField("inputs") else inputs
        return answer.id, found, self._receive(answer.properties, outputs)

    def delete(self, target: Target, inputs: Properties, outputs: Properties) -> None:
        """Remove the resource. One that is gone already is no error for a well-behaved provider."""
        request = provider_pb2.DeleteRequest(
            id=target.id,
            properties=self._send(outputs),
            old_inputs=self._send(inputs),
            timeout=target.timeout,
            **target.names,
        )
        _call(self._stub.Delete, request)

    def invoke(
        self, token: str, arguments: Properties, *, preview: bool
    ) -> tuple[Properties, list[tuple[str, str]]]:
        """Call a function: what it returns, and the problems in its arguments."""
        request = provider_pb2.InvokeRequest(tok=token, args=self._send(arguments), preview=preview)
        answer = _call(self._stub.Invoke, request)
        result = wire.decode(getattr(answer, "return"))
        return result, [(failure.property, failure.reason) for failure in answer.failures]

    def call(self, request: provider_pb2.CallRequest) -> provider_pb2.CallResponse:
        """Call a method of a component that the plugin hosts; passed on as it is."""
        answer: provider_pb2.CallResponse = _call(self._stub.Call, request)
        return answer

    def construct(self, request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
        """Have the plugin construct a component, which registers its resources with the engine itself."""
        answer: provider_pb2.ConstructResponse = _call(self._stub.Construct, request)
        return answer

    def cancel(self) -> None:
        """Ask the provider to end what it does. One that does not know the call is left to be terminated."""
        try:
            self._stub.Cancel(empty_pb2.Empty(), timeout=2.0)
        except grpc.RpcError as error:
            if error.code() not in (
                grpc.StatusCode.UNIMPLEMENTED,
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.DEADLINE_EXCEEDED,
            ):
                raise from_rpc(error) from None


def _call(method: Any, request: Any) -> Any:
    try:
        return method(request)
    except grpc.RpcError as error:
        raise from_rpc(error) from None


def _text(value: Any) -> str:
    plain = wire.unwrap(value)
    return plain if isinstance(plain, str) else json.dumps(plain)
