"""A policy pack: its process, and the Analyzer protocol that it speaks, as the CLI speaks it."""

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import yaml
from google.protobuf import empty_pb2

from dockyard.engine import pack_messages, plugins, process
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Listener, Output, Severity
from dockyard.engine.pack_config import Policy, Setup
from dockyard.engine.provider import CHANNEL_OPTIONS
from dockyard.engine.stubs import analyzer_pb2, analyzer_pb2_grpc, engine_pb2_grpc
from dockyard.engine.violations import Violation
from dockyard.errors import DockyardError

MANIFEST = "PulumiPolicy.yaml"
_LOGGED = {1: Severity.INFO, 2: Severity.WARNING, 3: Severity.ERROR}


class Patience(NamedTuple):
    """Seconds that a pack has: from its start to its first word, and for one answer."""

    start: float = 60.0
    answer: float = 120.0


PATIENCE = Patience()


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
    """A pack that runs. `stop` it. Every method raises DockyardError, with the last lines that the pack wrote, where the
    pack fails, ends or takes too long.
    """

    def __init__(
        self,
        folder: Path,
        engine_address: str,
        environment: Mapping[str, str],
        listener: Listener,
        patience: Patience,
    ) -> None:
        """Starts it and does not wait for it."""
        self._folder = folder
        self._patience = patience
        self._channel: grpc.Channel | None = None
        python = _python(folder)

        def say(stream: str, line: str) -> None:
            # What goes to standard error is told with the failure that it belongs to.
            if stream == "stdout":
                listener(Output(f"policy pack {folder.name}", stream, line))

        command = [python, "-u", "-m", "pulumi.policy", engine_address, "."]
        try:
            self._child = process.start(command, cwd=folder, env=environment, on_line=say)
        except OSError as error:
            raise DockyardError(f"the policy pack {folder} cannot be started: {error}") from None
        self._late = False
        self._alarm = threading.Timer(patience.start, self._give_up)
        self._alarm.daemon = True
        self._alarm.start()

    def connect(self) -> list[Policy]:
        """Waits until it answers: what it holds."""
        line = self._child.first_line()
        self._alarm.cancel()
        if not line.isdecimal():
            self._child.stop()
            if self._late:
                raise self._failed(f"did not start within {self._patience.start:g} seconds")
            hint = "its environment needs the package pulumi-policy" * ("pulumi_policy" in self._child.tail)
            raise self._failed(f"did not start: expected a port on its first line, got {line!r}", hint)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{line}", CHANNEL_OPTIONS)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        return pack_messages.policies(self._call("GetAnalyzerInfo", empty_pb2.Empty()))

    def _give_up(self) -> None:
        self._late = True
        self._child.stop(1.0)

    def configure(self, setups: Mapping[str, Setup]) -> None:
        """Tells every policy its level and thresholds."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, setup in setups.items():
            entry = request.policyConfig[name]
            entry.enforcementLevel = pack_messages.LEVELS[setup.level]
            entry.properties.update(dict(setup.thresholds))
        self._call("Configure", request)

    def judge(self, resources: Sequence[ResourceState]) -> Iterator[Violation]:
        """What its policies have against each resource, then against all of them together."""
        by_urn = {state.urn: state for state in resources}
        for state in resources:
            # What is only read is not the stack's to change: the CLI asks about it in the last question alone.
            if not state.external:
                answer = self._call("Analyze", pack_messages.one(state, by_urn), state.urn)
                yield from pack_messages.violations(answer, state.urn, by_urn)
        answer = self._call("AnalyzeStack", pack_messages.all_of(resources, by_urn))
        yield from pack_messages.violations(answer, "", by_urn)

    def stop(self) -> None:
        """Ends its process."""
        self._alarm.cancel()
        if self._channel is not None:
            self._channel.close()
        self._child.stop()

    def _call(self, method: str, request: Any, urn: str = "") -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=self._patience.answer)
        except grpc.RpcError as error:
            code, details = error.code(), str(error.details())
        # Only then is all that it wrote at hand.
        self._child.stop()
        about = f" {urn}" if urn else ""
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            raise self._failed(
                f"did not judge{about or ' the stack'} within {self._patience.answer:g} seconds"
            )
        if code is grpc.StatusCode.UNAVAILABLE:
            raise self._failed(f"ended while it judged{about}")
        raise self._failed(f"failed to judge{about or ' the stack'}: {details}")

    def _failed(self, message: str, hint: str = "") -> DockyardError:
        said = f"; it wrote:\n{self._child.tail}" if self._child.tail else ""
        return DockyardError(f"the policy pack {self._folder} {message}{said}", hint)


def _python(folder: Path) -> str:
    """The interpreter that the pack asks for. Where that does not exist, our own."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise DockyardError(f"{folder} is no policy pack: there is no {MANIFEST} in it")
    try:
        runtime = (yaml.safe_load(manifest.read_text()) or {}).get("runtime")
    except (yaml.YAMLError, AttributeError) as error:
        raise DockyardError(f"{manifest} cannot be read: {error}") from None
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
    """What a pack finds in its environment. The CLI names neither of the two, and nothing else: with PULUMI_DRY_RUN beside them the
    SDK would set itself up anew for each resource, which takes longer than all rules.
    """
    return plugins.environment({"PULUMI_PROJECT": project, "PULUMI_STACK": stack})
