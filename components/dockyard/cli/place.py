"""Where a stack's registry is, and how its operations are started there."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.cli import context
from dockyard.cli.context import Workplace
from dockyard.engine.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret
from dockyard.errors import DockyardError
from dockyard.remote.connection import LOCAL, Connection, connection_of

HOST = "dockyard:index:Host"
CONFIG = "/ops/config.json"
SYSTEM_PYTHON = "/usr/bin/python3"

ALONE = ("-I", "-S")
"""Python's switches for no environment and no site packages: the zipapp holds all that it needs."""


@dataclass
class Running:
    """A program that runs; its code is there once its lines have ended."""

    lines: Iterator[str]
    code: int = -1


@dataclass(frozen=True)
class Place:
    """Where the operations of one registry stand."""

    config: str
    connection: Mapping[str, Any] = field(default_factory=lambda: LOCAL, repr=False)
    """As the Host has it, secrets opened."""

    @property
    def command(self) -> list[str]:
        application = self.config.removesuffix("config.json") + "ops.pyz"
        return [self._python, *ALONE, application]

    @property
    def _python(self) -> str:
        if far := connection_of(self.connection):
            return far.python
        # What belongs to the system is run by the system's Python: root runs nothing of somebody's home folder.
        return SYSTEM_PYTHON if self.config.startswith("/etc/") else sys.executable

    def folder(self, path: Path) -> str:
        """A folder of the registry's host. Raises DockyardError for a relative one of another host."""
        if connection_of(self.connection) and not path.is_absolute():
            raise DockyardError(f"--to: {path} is no absolute path", "it is a folder of the registry's host")
        return str(path.absolute())

    @contextlib.contextmanager
    def started(self, arguments: Sequence[str]) -> Iterator[Running]:
        """The operations with these arguments, running there. Left early, they are ended. Raises DockyardError."""
        command = [*self.command, *arguments]
        far = connection_of(self.connection)
        with _far(far, command) if far else _near(command) as running:
            yield running


@contextlib.contextmanager
def _near(command: Sequence[str]) -> Iterator[Running]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        running = Running(iter(process.stdout or ()))
        yield running
        running.code = process.wait()


@contextlib.contextmanager
def _far(connection: Connection, command: Sequence[str]) -> Iterator[Running]:
    # paramiko is loaded only where it is needed.
    from dockyard.remote.session import Session

    with Session(connection) as session, session.start("operate") as process:
        process.send(json.dumps({"command": command}).encode() + b"\n", last=False)
        running = Running(process.lines())
        yield running
        running.code = process.code()
        sys.stderr.write(process.stderr())


def find(place: Workplace, stack: str, engine: str) -> Place:
    """The self-hosted registry of a stack. Raises DockyardError where there is none."""
    found = [
        Place(file, inputs.get("connection", LOCAL))
        for inputs in _hosts(place, stack, engine)
        for file in inputs["files"]
        if file.endswith(CONFIG)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(each.config for each in found))
        raise DockyardError(f"stack {stack!r} has more than one registry: {names}")
    raise DockyardError(
        f"stack {stack!r} has no self-hosted registry",
        f"`dockyard up -s {stack}` makes it, if that is its kind",
    )


def has_file(place: Workplace, stack: str, engine: str, end: str) -> bool:
    """Whether a host of the stack has a file whose path ends so."""
    return any(file.endswith(end) for inputs in _hosts(place, stack, engine) for file in inputs["files"])


def _hosts(place: Workplace, stack: str, engine: str) -> list[Mapping[str, Any]]:
    """The inputs of each host of the stack; secrets of the connection are opened."""
    if context.choose(engine, place) == "pulumi":
        return _exported(place, stack)
    checkpoint = place.backend.load(place.project.name, stack)
    if checkpoint is None:
        raise DockyardError(f"no stack named {stack!r}", f"`dockyard up -s {stack}` makes it")
    return [
        {key: _opened(state.inputs[key]) for key in ("files", "connection") if key in state.inputs}
        for state in checkpoint.resources
        if state.type == HOST
    ]


def _exported(place: Workplace, stack: str) -> list[Mapping[str, Any]]:
    """As the Pulumi CLI tells them. It is asked for secrets only where a connection has some."""
    for flags in ([], ["--show-secrets"]):
        text = context.pulumi_output(place, ["stack", "export", "-s", stack, *flags])
        resources = json.loads(text).get("deployment", {}).get("resources") or []
        found = [entry["inputs"] for entry in resources if entry["type"] == HOST]
        if SECRET_SIGNATURE not in json.dumps([inputs.get("connection") for inputs in found]):
            break
    return [{**inputs, "connection": _opened(inputs.get("connection", LOCAL))} for inputs in found]


def _opened(value: Any) -> Any:
    if isinstance(value, Secret):
        return _opened(value.value)
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        return _opened(json.loads(value["plaintext"])) if "plaintext" in value else None
    return {key: _opened(item) for key, item in value.items()}
