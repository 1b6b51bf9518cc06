"""Another host, by SSH. pyinfra's commands go through our connection: its own one would put sudo's password on a command line."""

import contextlib
import json
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command

from dockyard.errors import DockyardError
from dockyard.remote.connection import Connection
from dockyard.remote.session import Process, Session, lost


class Far:
    """The host of a connection. Use as a context manager."""

    def __init__(self, connection: Connection) -> None:
        self._session = Session(connection)
        self._contexts = contextlib.ExitStack()
        self._shells: Process | None = None

    def __enter__(self) -> "Far":
        """Raises UnreachableError."""
        self._contexts.enter_context(self._session)
        return self

    def __exit__(self, *_: object) -> None:
        self._contexts.close()

    @property
    def connector(self) -> Any:
        return partial(_Connector, self.shell)

    def shell(self, command: str) -> dict[str, Any]:
        """Runs a command there; gives its code, stdout and stderr. One program there runs them all: pyinfra has many."""
        if self._shells is None:
            self._shells = self._contexts.enter_context(self._session.start("shells"))
            self._answers = self._shells.lines()
        self._shells.send(json.dumps({"command": command}).encode() + b"\n", last=False)
        return _decoded(next(self._answers, ""))

    def agent(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        return self._session.ask(verb, request)

    def locking(self) -> Generator[bool, None, None]:
        with self._session.start("hold") as process:
            lines = process.lines()
            while "ok" not in _decoded(next(lines, "")):
                yield False
            yield True


def _decoded(line: str) -> dict[str, Any]:
    if not line:
        raise lost()
    answer: dict[str, Any] = json.loads(line)
    return answer


class _Connector(BaseConnector):  # type: ignore[misc]
    """What pyinfra needs of a host for the operations that are used here: they run commands, and copy no files."""

    handles_execution = True

    def __init__(self, shell: Callable[[str], dict[str, Any]], state: Any, host: Any) -> None:
        super().__init__(state, host)
        self._shell = shell

    @staticmethod
    def make_names_data(name: str) -> Any:
        raise NotImplementedError

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        fine = arguments.get("_success_exit_codes") or [0]
        kept = {
            key: value for key, value in arguments.items() if key in ("_env", "_chdir", "_shell_executable")
        }
        text = make_unix_command(command, **kept).get_raw_value()
        found = self._shell(text)
        lines = [OutputLine(name, line) for name in ("stdout", "stderr") for line in found[name].splitlines()]
        return found["code"] in fine, CommandOutput(lines)

    def put_file(self, *_: Any, **__: Any) -> bool:
        raise DockyardError("a defect in dockyard: the agent writes files")

    get_file = put_file
