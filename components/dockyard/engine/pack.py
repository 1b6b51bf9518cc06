"""A policy pack: its process, and the Analyzer protocol that it speaks, as the CLI speaks it."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import yaml
from google.protobuf import empty_pb2, struct_pb2

from dockyard.engine import plugins, process, wire
from dockyard.engine import urn as urns
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Listener, Output, Severity
from dockyard.engine.pack_config import Level, Policy, Setup
from dockyard.engine.provider import CHANNEL_OPTIONS
from dockyard.engine.stubs import analyzer_pb2, analyzer_pb2_grpc, engine_pb2_grpc
from dockyard.engine.urn import split_reference
from dockyard.errors import DockyardError

MANIFEST = "PulumiPolicy.yaml"
PATIENCE = 120.0
"""Seconds that one answer may take."""
_ACCEPTS = wire.Accepts(resources=True)
_LEVELS = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.REMEDIATE: analyzer_pb2.REMEDIATE,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
_NAMES = {number: level for level, number in _LEVELS.items()}
_SEVERITIES = {0: "", 1: "low", 2: "medium", 3: "high", 4: "critical"}
_LOGGED = {1: Severity.INFO, 2: Severity.WARNING, 3: Severity.ERROR}


@dataclass(frozen=True, slots=True)
class Violation:
    """What a policy has against a resource, or ("") against the stack as a whole.

    policy: its name. mandatory: whether it fails the check. description: why there is such a rule.
    message: what to change. severity: low, medium, high, critical or "".
    """

    policy: str
    mandatory: bool
    message: str
    urn: str = ""
    description: str = ""
    severity: str = ""


class Log(engine_pb2_grpc.EngineServicer):
    """Takes what a pack logs."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        severity = _LOGGED.get(request.severity)
        if severity is not None:
            self._listener(Diagnostic(severity, request.message.rstrip(), request.urn, request.ephemeral))
        return empty_pb2.Empty()


class Pack:
    """A pack that runs. `stop` it."""

    def __init__(
        self, folder: Path, engine_address: str, environment: Mapping[str, str], listener: Listener
    ) -> None:
        """Starts it and does not wait for it. Raises DockyardError where it cannot be started."""
        self._folder = folder
        self._channel: grpc.Channel | None = None
        python = _python(folder)

        def say(stream: str, line: str) -> None:
            listener(Output(f"policy pack {folder.name}", stream, line))

        command = [python, "-u", "-m", "pulumi.policy", engine_address, "."]
        try:
            self._child = process.start(command, cwd=folder, env=environment, on_line=say)
        except OSError as error:
            raise self._error(f"cannot be started: {error}") from None

    def connect(self) -> list[Policy]:
        """Waits until it answers: what it holds. Raises DockyardError."""
        line = self._child.first_line()
        if not line.isdecimal():
            self._child.stop()
            hint = (
                "its environment needs the package pulumi-policy"
                if "pulumi_policy" in self._child.tail
                else ""
            )
            raise self._error(f"did not start: expected a port, got {line!r}{self._said()}", hint)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{line}", CHANNEL_OPTIONS)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        info = self._call("GetAnalyzerInfo", empty_pb2.Empty())
        return [_policy(found) for found in info.policies]

    def configure(self, setups: Mapping[str, Setup]) -> None:
        """Tells every policy its level and thresholds."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, setup in setups.items():
            entry = request.policyConfig[name]
            entry.enforcementLevel = _LEVELS[setup.level]
            entry.properties.update(dict(setup.thresholds))
        self._call("Configure", request)

    def judge(self, resources: Sequence[ResourceState]) -> Iterator[Violation]:
        """What its policies have against each resource, then against all of them together."""
        by_urn = {state.urn: state for state in resources}
        for state in resources:
            found = self._call(
                "Analyze", analyzer_pb2.AnalyzeRequest(**_request(state, by_urn, state.inputs))
            )
            yield from (_violation(each, state.urn) for each in found.diagnostics)
        stack = analyzer_pb2.AnalyzeStackRequest(
            resources=[
                analyzer_pb2.AnalyzerResource(
                    **_request(state, by_urn, {**state.outputs, **state.inputs}),
                    parent=state.parent,
                    dependencies=state.dependencies,
                    propertyDependencies={
                        key: analyzer_pb2.AnalyzerPropertyDependencies(urns=found)
                        for key, found in state.property_dependencies.items()
                        if found
                    },
                )
                for state in resources
            ]
        )
        yield from (_violation(each, "") for each in self._call("AnalyzeStack", stack).diagnostics)

    def stop(self) -> None:
        """Ends its process."""
        if self._channel is not None:
            self._channel.close()
        self._child.stop()

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=PATIENCE)
        except grpc.RpcError as error:
            details = str(error.details() if isinstance(error, grpc.Call) else error)
            if self._child.poll() is None and error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise self._error(f"failed: {details}{self._said()}") from None
            self._child.stop()
            raise self._error(f"ended while it judged{self._said()}") from None

    def _said(self) -> str:
        return f"; it wrote:\n{self._child.tail}" if self._child.tail else ""

    def _error(self, message: str, hint: str = "") -> DockyardError:
        return DockyardError(f"the policy pack {self._folder} {message}", hint)


def _python(folder: Path) -> str:
    """The interpreter that the pack asks for. Where that does not exist, our own."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise DockyardError(f"{folder} is no policy pack: there is no {MANIFEST} in it")
    runtime = (yaml.safe_load(manifest.read_text()) or {}).get("runtime")
    name: Any = runtime
    options: dict[str, Any] = {}
    if isinstance(runtime, dict):
        name, options = runtime.get("name"), runtime.get("options") or {}
    if name != "python":
        hint = "`pulumi preview --policy-pack` runs packs of every language"
        raise DockyardError(
            f"the policy pack {folder} has the runtime {name!r}; this engine starts Python", hint
        )
    python = folder / options.get("virtualenv", "venv") / "bin" / "python"
    return str(python) if python.exists() else sys.executable


def environment(project: str, stack: str) -> dict[str, str]:
    """What a pack finds in its environment."""
    return plugins.environment(
        {
            "PULUMI_PROJECT": project,
            "PULUMI_STACK": stack,
            "PULUMI_DRY_RUN": "true",
            "PATH": os.environ.get("PATH", ""),
        }
    )


def _policy(info: Any) -> Policy:
    schema = {key: _plain(value) for key, value in info.configSchema.properties.fields.items()}
    return Policy(
        info.name, info.description, _NAMES[info.enforcementLevel], schema, tuple(info.configSchema.required)
    )


def _plain(value: struct_pb2.Value) -> Any:
    return wire.decode_value(value)


def _violation(found: Any, urn: str) -> Violation:
    """The SDK puts the description before each message."""
    message = found.message.removeprefix(found.description).strip() or found.description
    mandatory = _NAMES[found.enforcementLevel] in (Level.MANDATORY, Level.REMEDIATE)
    severity = _SEVERITIES.get(found.severity, "")
    return Violation(found.policyName, mandatory, message, found.urn or urn, found.description, severity)


def _request(
    state: ResourceState, by_urn: Mapping[str, ResourceState], properties: Mapping[str, Any]
) -> dict[str, Any]:
    """What is said of one resource, in the fields that single and stack analysis share."""
    options = analyzer_pb2.AnalyzerResourceOptions(
        protect=state.protect,
        additionalSecretOutputs=state.additional_secret_outputs,
        aliases=state.aliases,
        parent=state.parent,
    )
    provider = by_urn.get(split_reference(state.provider)[0]) if state.provider else None
    return {
        "urn": state.urn,
        "type": state.type,
        "name": urns.name_of(state.urn),
        "properties": wire.encode(_public(properties), _ACCEPTS),
        "options": options,
        "provider": None if provider is None else _provider(provider),
    }


def _provider(state: ResourceState) -> Any:
    return analyzer_pb2.AnalyzerProviderResource(
        type=state.type,
        properties=wire.encode(_public(state.inputs), _ACCEPTS),
        urn=state.urn,
        name=urns.name_of(state.urn),
    )


def _public(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the engine keeps for itself."""
    return {key: value for key, value in properties.items() if not key.startswith("__")}
