"""The two services that a Pulumi program talks to: ResourceMonitor (register, read, invoke) and Engine
(log).
"""

from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2

from dockyard.engine import goal as goals
from dockyard.engine import source, wire
from dockyard.engine.components import Components
from dockyard.engine.deployment import Deployment, Stopped
from dockyard.engine.events import Diagnostic, Severity
from dockyard.engine.failure import ProviderError
from dockyard.engine.planner import Planner
from dockyard.engine.reader import Reader
from dockyard.engine.stubs import engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc
from dockyard.engine.values import UNKNOWN_STRING
from dockyard.engine.wire import Accepts
from dockyard.errors import DockyardError

# Claimed although they are refused: without them the SDK says "please update the Pulumi CLI", which would
# not help.
_REFUSED = (
    "transforms",
    "invokeTransforms",
    "parameterization",
    "resourceHooks",
    "errorHooks",
    "stateMigrations",
)
FEATURES = (
    "secrets",
    "resourceReferences",
    "outputValues",
    "aliasSpecs",
    "deletedWith",
    "replaceWith",
    *_REFUSED,
)
_SEVERITIES = {1: Severity.INFO, 2: Severity.WARNING, 3: Severity.ERROR}
# What the SDK reports when the engine stopped it: an effect, not a cause.
_SHUTDOWN = "Resource monitor has terminated, shutting down"


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Turns messages into goals and states into messages. Each call has a thread of its own, which it
    blocks.
    """

    def __init__(
        self, deployment: Deployment, planner: Planner, reader: Reader, components: Components
    ) -> None:
        self._deployment = deployment
        self._planner = planner
        self._reader = reader
        self._components = components

    def add_to(self, server: grpc.Server) -> None:
        """Have a server serve it."""
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self, server)

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.DeploymentInfo:
        return deployment_info(self._deployment, preview=self._deployment.preview)

    def SupportsFeature(
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    def RegisterResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        try:
            goal = goals.from_request(request, offline=self._deployment.offline)
            if request.remote:
                return self._components.construct(request, goal)
            state = self._planner.register(goal)
            self._note_source(state.urn, request)
        except Stopped:
            _stop(context)
        except (DockyardError, ProviderError, ValueError) as error:
            self._deployment.fail("", f"{request.type} {request.name!r}: {error}")
            _stop(context)
        outputs = state.outputs if request.custom else {}
        if not request.supportsPartialValues:
            outputs = {key: value for key, value in outputs.items() if not wire.has_unknown(value)}
        accepts = Accepts(secrets=request.acceptSecrets, resources=request.acceptResources)
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn, id=state.id, object=wire.encode(outputs, accepts)
        )

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        try:
            outputs = wire.downgrade(wire.decode(request.outputs))
        except DockyardError as error:
            self._deployment.fail(request.urn, str(error))
            _stop(context)
        state = self._deployment.news.get(request.urn)
        if state is None:
            self._deployment.fail(request.urn, "outputs of a resource that was not registered")
            _stop(context)
        unchanged = wire.identical(state.outputs, outputs)
        state.outputs = outputs
        if self._deployment.store is not None and not unchanged:
            self._deployment.store.put(state)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.ReadResourceResponse:
        try:
            state = self._reader.read(request)
            self._note_source(state.urn, request)
        except Stopped:
            _stop(context)
        accepts = Accepts(secrets=request.acceptSecrets, resources=request.acceptResources)
        answer = resource_pb2.ReadResourceResponse(
            urn=state.urn, properties=wire.encode(state.outputs, accepts)
        )
        # SDKs from before the field take the id that they asked with.
        if state.id != UNKNOWN_STRING and "id" in answer.DESCRIPTOR.fields_by_name:
            answer.id = state.id
        return answer

    def _note_source(self, urn: str, request: Any) -> None:
        if request.HasField("sourcePosition"):
            position = request.sourcePosition
            self._deployment.sources[urn] = source.from_uri(position.uri, position.line)

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.ResourceInvokeResponse:
        try:
            self._deployment.check_running()
            result, failures = self._components.invoke(request)
        except Stopped:
            _stop(context)
        except (DockyardError, ProviderError) as error:
            # An exception in the program, which it may catch: the deployment goes on.
            _abort(context, grpc.StatusCode.UNKNOWN, f"invocation of {request.tok} failed: {error}")
        if result is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        accepts = Accepts(resources=request.acceptResources)
        problems = [provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures]
        answer = resource_pb2.ResourceInvokeResponse(failures=problems)
        getattr(answer, "return").CopyFrom(wire.encode(result, accepts))
        return answer

    def Call(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CallResponse:
        try:
            self._deployment.check_running()
            return self._components.call(request)
        except Stopped:
            _stop(context)
        except (DockyardError, ProviderError) as error:
            _abort(context, grpc.StatusCode.UNKNOWN, f"call of {request.tok} failed: {error}")

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        # The wait is for hooks on deletions, which are refused: the program may end now.
        return empty_pb2.Empty()

    def _refuse(self, what: str, context: grpc.ServicerContext) -> NoReturn:
        self._deployment.fail("", str(goals.unsupported(what)))
        _stop(context)

    def RegisterPackage(
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterPackageResponse:
        if self._deployment.offline:
            return resource_pb2.RegisterPackageResponse(ref=request.name)
        self._refuse(f"parameterized packages ({request.name})", context)

    def RegisterStackTransform(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        self._refuse("stack transforms", context)

    def RegisterStackInvokeTransform(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        self._refuse("invoke transforms", context)

    def RegisterResourceHook(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        if self._deployment.offline:
            return empty_pb2.Empty()
        self._refuse(f"resource hooks ({request.name})", context)

    def RegisterErrorHook(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        if self._deployment.offline:
            return empty_pb2.Empty()
        self._refuse(f"error hooks ({request.name})", context)


class EngineService(engine_pb2_grpc.EngineServicer):
    """What programs and plugins log, and the stack's root resource."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._root = ""
        self.errors = 0

    def add_to(self, server: grpc.Server) -> None:
        """Have a server serve it."""
        engine_pb2_grpc.add_EngineServicer_to_server(self, server)

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        severity = _SEVERITIES.get(request.severity)
        echo = self._deployment.stopped and request.message.strip() == _SHUTDOWN
        if severity is None or echo:
            return empty_pb2.Empty()
        if severity is Severity.ERROR:
            self.errors += 1
        where = source.from_metadata(context.invocation_metadata())
        self._deployment.emit(
            Diagnostic(severity, request.message.rstrip(), request.urn, request.ephemeral, where)
        )
        return empty_pb2.Empty()

    def GetRootResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self._deployment.offline:
            return engine_pb2.RequirePulumiVersionResponse()
        context.abort(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the program requires the Pulumi CLI {request.pulumi_version_range}; this is another engine",
        )


def deployment_info(deployment: Deployment, *, preview: bool) -> resource_pb2.DeploymentInfo:
    """What a program is told of the run that it is part of."""
    return resource_pb2.DeploymentInfo(
        project=deployment.project,
        stack=deployment.stack,
        organization=deployment.organization,
        config=deployment.config,
        configSecretKeys=deployment.secret_keys,
        dryRun=preview,
        parallel=deployment.parallel,
        supportedFeatures=_feature_numbers(),
    )


def _stop(context: grpc.ServicerContext) -> NoReturn:
    """End a call because the deployment ends: the SDK takes this status as the sign to shut the program
    down.
    """
    _abort(context, grpc.StatusCode.UNAVAILABLE, "resource monitor shut down")


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort raises")


def _feature_numbers() -> list[Any]:
    names = resource_pb2.ResourceMonitorFeature.DESCRIPTOR.values_by_name
    known = {
        name.removeprefix("RESOURCE_MONITOR_FEATURE_").replace("_", "").lower(): value.number
        for name, value in names.items()
    }
    return [known[name.lower()] for name in FEATURES if name.lower() in known]
