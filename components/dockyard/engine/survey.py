"""Which providers a program wants, found out by running it against a monitor that answers everything with
"unknown".

An `up` that meets a missing provider half-way would have created the other half; so before the first `up`
of a stack, and wherever an SDK without its plugin is installed, this is asked first.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2

from dockyard.engine import monitor, program
from dockyard.engine import urn as urns
from dockyard.engine.project import Project
from dockyard.engine.session import Session, program_settings, served
from dockyard.engine.stubs import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

_WORKERS = 32


def worthwhile(project: Project, session: Session) -> bool:
    """True for a stack without resources yet, and where an SDK is installed whose plugin is not at hand."""
    if not any(state.custom for state in session.deployment.resources):
        return True
    return any(
        not session.host.at_hand(name) for name in _sdks(Path(program.interpreter(project)).parent.parent)
    )


def _sdks(prefix: Path) -> Iterator[str]:
    """Packages whose resources the SDKs installed in an environment stand for."""
    for file in prefix.glob("lib/python3*/site-packages/pulumi_*/pulumi-plugin.json"):
        said = json.loads(file.read_bytes())
        if said.get("resource"):
            yield said.get("name") or file.parent.name.removeprefix("pulumi_").replace("_", "-")


def absent(project: Project, session: Session) -> list[str]:
    """The packages whose resources the program registers and whose plugin is not at hand.

    A program that fails here fails again in earnest, where its reason is shown.
    """
    found = _Survey(session)

    def register(server: grpc.Server) -> None:
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(found, server)
        engine_pb2_grpc.add_EngineServicer_to_server(_Silence(), server)

    with served(register, _WORKERS) as address:
        settings = program_settings(session.deployment, address, preview=True)
        child = program.start(project, settings, session.environment, lambda stream, line: None)
        try:
            child.wait()
        finally:
            child.stop()
    return sorted(package for package in found.packages if not session.host.at_hand(package))


class _Survey(resource_pb2_grpc.ResourceMonitorServicer):
    """Registers nothing and notes the packages."""

    def __init__(self, session: Session) -> None:
        self._deployment = session.deployment
        self._lock = threading.Lock()
        self.packages: set[str] = set()

    def _note(self, type_: str) -> None:
        package = urns.package_of(type_)
        # Built-ins (StackReference) are refused by their own name when they are registered.
        if package != urns.BUILT_IN:
            with self._lock:
                self.packages.add(package)

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.DeploymentInfo:
        return monitor.deployment_info(self._deployment, preview=True)

    def SupportsFeature(
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in monitor.FEATURES)

    def RegisterResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        if request.custom or request.remote:
            self._note(request.type)
        deployment = self._deployment
        urn = urns.make(deployment.stack, deployment.project, request.parent, request.type, request.name)
        return resource_pb2.RegisterResourceResponse(urn=urn)

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.ReadResourceResponse:
        self._note(request.type)
        return resource_pb2.ReadResourceResponse(urn=f"urn:pulumi:::::{request.type}::{request.name}")

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.ResourceInvokeResponse:
        self._note(request.tok)
        return resource_pb2.ResourceInvokeResponse(unknown=True)

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


class _Silence(engine_pb2_grpc.EngineServicer):
    """Says nothing: what the program logs, it will log again."""

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetRootResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse()

    def SetRootResource(
        self, request: Any, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        return engine_pb2.SetRootResourceResponse()
