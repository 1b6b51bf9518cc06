"""The protocol: each request of the engine is decoded, answered by its resource, and encoded.

The raw stubs, not `pulumi.provider.experimental`: that gives no old inputs, puts tracebacks into the user's error text and
cannot report a resource that was made in part.
"""

import asyncio
import functools
import json
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from dockyard.engine.wire import decode, encode
from dockyard.errors import DockyardError
from dockyard.provider.log import EngineLog
from dockyard.provider.resource import Call, Difference, PartialError, Resource
from dockyard.provider.schema import package_schema
from dockyard.provider.stubs import proto, rpc_status

if TYPE_CHECKING:
    from dockyard.provider.hosting import Hosting

Handler = Callable[[Any, Any, Any], Awaitable[Any]]


def explained(method: Handler) -> Handler:
    """Errors become gRPC statuses: the text of a DockyardError; for a defect, where it happened (its text may hold a secret)."""

    async def call(self: Any, request: Any, context: Any) -> Any:
        try:
            return await method(self, request, context)
        except PartialError as error:
            await _abort_partial(context, error)
        except DockyardError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{frame.filename}:{frame.lineno}"
            print(f"dockyard plugin: {type(error).__name__} at {place}", file=sys.stderr)
            text = f"a defect in dockyard: {type(error).__name__} at {place}"
            await context.abort(grpc.StatusCode.INTERNAL, text)

    return call


async def _abort_partial(context: Any, error: PartialError) -> None:
    # The engine reads ErrorResourceInitFailed from the status details: sdk/go/common/util/rpcutil/rpcerror.
    failure = proto.ErrorResourceInitFailed(
        id=error.id, properties=encode(error.properties), reasons=[str(error)]
    )
    status = rpc_status.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(failure)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await context.abort(grpc.StatusCode.UNKNOWN, str(error), context.trailing_metadata())


class Servicer(proto.ResourceProviderServicer):  # type: ignore[misc]
    """The plugin's gRPC service. Requests run side by side, each in a thread of its own."""

    def __init__(self, resources: Mapping[str, Resource], version: str, engine: str | None) -> None:
        """resources: type token -> what answers for it. engine: its address; None logs nowhere."""
        self._resources = resources
        self._version = version
        self._log = EngineLog(engine)
        self._engine = engine
        self._cancelled = False

    def _route(self, request: Any) -> tuple[Resource, Call]:
        name, token = request.urn.rpartition("::")[2], request.urn.split("::")[2].rpartition("$")[2]
        if token not in self._resources:
            raise DockyardError(f"dockyard {self._version} has no resource {token}")
        call = Call(name, request.urn, self._log.to(request.urn), lambda: self._cancelled)
        return self._resources[token], call

    async def Handshake(self, request: Any, context: Any) -> Any:
        if request.engine_address:
            self._engine = request.engine_address
            self._log.connect(request.engine_address)
        return proto.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(self, request: Any, context: Any) -> Any:
        self._engine = request.address
        self._log.connect(request.address)
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return proto.PluginInfo(version=self._version)

    @functools.cached_property
    def _hosting(self) -> "Hosting":
        # Loads the Pulumi SDK, which only programs in other languages, and asking for the schema, need here.
        from dockyard.provider.hosting import Hosting

        return Hosting(self._version)

    async def GetSchema(self, request: Any, context: Any) -> Any:
        schema = package_schema(self._version)
        for part, entries in self._hosting.schema().items():
            schema[part].update(entries)
        return proto.GetSchemaResponse(schema=json.dumps(schema))

    async def Construct(self, request: Any, context: Any) -> Any:
        return await self._hosting.construct(request, context, self._engine)

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    async def Configure(self, request: Any, context: Any) -> Any:
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Cancel(self, request: Any, context: Any) -> Any:
        self._cancelled = True
        return empty_pb2.Empty()

    @explained
    async def Check(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        inputs = decode(request.news)
        problems = await asyncio.to_thread(resource.check, call, inputs)
        failures = [
            proto.CheckFailure(property=problem.path, reason=_reason(problem.message, problem.hint))
            for problem in problems
        ]
        return proto.CheckResponse(inputs=encode(inputs), failures=failures)

    @explained
    async def Diff(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        olds, news = decode(request.olds), decode(request.news)
        return _diff_response(await asyncio.to_thread(resource.diff, call, request.id, olds, news))

    @explained
    async def Create(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        news = decode(request.properties)
        id_, outputs = await asyncio.to_thread(resource.create, call, news, request.preview)
        return proto.CreateResponse(id=id_, properties=encode(outputs))

    @explained
    async def Update(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        olds, news = decode(request.olds), decode(request.news)
        outputs = await asyncio.to_thread(resource.update, call, request.id, olds, news, request.preview)
        return proto.UpdateResponse(properties=encode(outputs))

    @explained
    async def Read(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        inputs, outputs = decode(request.inputs), decode(request.properties)
        if not outputs:
            raise DockyardError(f"{call.name}: this resource cannot be imported")
        real = await asyncio.to_thread(resource.read, call, request.id, outputs)
        real_inputs = {key: real[key] for key in inputs if key in real}
        return proto.ReadResponse(id=request.id, properties=encode(real), inputs=encode(real_inputs))

    @explained
    async def Delete(self, request: Any, context: Any) -> Any:
        resource, call = self._route(request)
        await asyncio.to_thread(resource.delete, call, request.id, decode(request.properties))
        return empty_pb2.Empty()


def _reason(message: str, hint: str) -> str:
    return f"{message}; {hint}" if hint else message


def _diff_response(difference: Difference) -> Any:
    kinds = proto.PropertyDiff
    replacing = [path for path, change in difference.changes.items() if change.value.endswith("_REPLACE")]
    roots = list(dict.fromkeys(_root(path) for path in difference.changes))
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME if difference.changes else proto.DiffResponse.DIFF_NONE,
        diffs=roots,
        replaces=[_root(path) for path in replacing],
        # A replacement of the same host would meet the old one's ports and files.
        deleteBeforeReplace=bool(replacing) and difference.delete_first,
        detailedDiff={
            path: kinds(kind=getattr(kinds, change.value), inputDiff=True)
            for path, change in difference.changes.items()
        },
        hasDetailedDiff=True,
    )


def _root(path: str) -> str:
    return path.partition("[")[0].partition(".")[0]
