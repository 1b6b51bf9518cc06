"""A signed-in connection: programs that run at its other end."""

import contextlib
import json
import select
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko

from dockyard.errors import DockyardError
from dockyard.provider.agent_call import answer_of
from dockyard.remote.agent import BOOTSTRAP, agent
from dockyard.remote.connection import Connection
from dockyard.remote.login import UnreachableError, opened

READY = b"dockyard-ready "
PROMPT = b"dockyard asks sudo:"
START_SECONDS = 60.0
"""sudo may ask a server, and a busy host takes its time to start Python."""
REST_SECONDS = 5.0
"""sshd may tell that a program has ended before it passes on the last of what that said; a child of it may keep its output open."""
CHUNK = 32768


class Process:
    """One program there. Leaving it closes its stdin and its output."""

    def __init__(self, channel: paramiko.Channel, verb: str, rest: bytes) -> None:
        self._channel = channel
        self._verb = verb
        self._rest = rest

    def send(self, content: bytes, *, last: bool = True) -> None:
        """last: nothing follows; the other end sees the end of its stdin."""
        with contextlib.suppress(OSError):
            self._channel.sendall(content)
            if last:
                self._channel.shutdown_write()

    def lines(self) -> Iterator[str]:
        """Its output, line by line, as it comes. Ends with it, or with the connection."""
        while True:
            line, found, self._rest = self._rest.partition(b"\n")
            if found:
                yield line.decode(errors="replace")
                continue
            self._rest = line
            chunk = self._channel.recv(CHUNK)
            if not chunk:
                if self._rest:
                    yield self._rest.decode(errors="replace")
                return
            self._rest += chunk

    def answer(self) -> dict[str, Any]:
        """What the agent answered. Raises DockyardError, ProblemsError."""
        output = "\n".join(self.lines())
        self.code()
        return answer_of(self._verb, output, self.stderr())

    def stderr(self) -> str:
        text = b""
        while chunk := self._channel.recv_stderr(CHUNK):
            text += chunk
        return text.decode(errors="replace")

    def code(self) -> int:
        """Its exit code, once it has ended. Raises DockyardError where the connection was lost before."""
        code = self._channel.recv_exit_status()
        if code == -1:
            raise lost()
        return code


def _without_connection(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if key != "connection"}


def lost() -> DockyardError:
    return DockyardError(
        "the connection to the host was lost while it was at work", "run it again: it goes on from there"
    )


class Session:
    """One host, connected. Programs run there as the user that the connection names. Use as a context manager."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._contexts = contextlib.ExitStack()

    def __enter__(self) -> "Session":
        """Raises UnreachableError."""
        self._transport = self._contexts.enter_context(opened(self.connection))
        return self

    def __exit__(self, *_: object) -> None:
        self._contexts.close()

    def ask(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        """One answer of the agent there. Raises DockyardError, ProblemsError."""
        # How the host is reached, with a key perhaps, is none of its business.
        known = {key: _without_connection(value) for key, value in request.items()}
        with self.start(verb) as process:
            process.send(json.dumps(known).encode())
            return process.answer()

    @contextlib.contextmanager
    def start(self, verb: str) -> Iterator[Process]:
        """The agent there with one verb, ready for its request; sends it first where it is not there. Raises DockyardError."""
        sent = agent()
        try:
            channel = self._transport.open_session(timeout=self.connection.timeout)
        except paramiko.ChannelException as error:
            hint = "it needs MaxSessions 3 or more in its sshd_config"
            raise DockyardError(f"the host opens no further session: {error.text}", hint) from None
        except (paramiko.SSHException, EOFError, OSError):
            raise lost() from None
        with contextlib.closing(channel):
            python = [
                self.connection.python,
                "-I",
                "-S",
                "-c",
                BOOTSTRAP,
                sent.digest,
                str(len(sent.content)),
            ]
            greeting = _Greeting(self.connection, channel)
            try:
                channel.exec_command(shlex.join([*self._sudo(), *python, verb]))
                if not greeting.wait()["agent"]:
                    channel.sendall(sent.content)
                    greeting.wait()
            except (paramiko.SSHException, EOFError, OSError):
                raise lost() from None
            yield Process(channel, verb, greeting.rest)

    def _sudo(self) -> list[str]:
        if not self.connection.sudo:
            return []
        if not self.connection.sudo_password:
            return ["sudo", "-n", "-H", "--"]
        # The password goes to stdin, and only where sudo asks for it.
        return ["sudo", "-S", "-H", "-p", PROMPT.decode(), "--"]


class _Greeting:
    """What comes before the agent's own output: sudo's question, and the bootstrap's lines."""

    def __init__(self, connection: Connection, channel: paramiko.Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._errors = self._said = b""
        self._asked = False
        self.rest = b""

    def wait(self) -> dict[str, Any]:
        """The next line of the bootstrap. Raises DockyardError where there is none, or it tells of one."""
        deadline, ended = time.monotonic() + START_SECONDS, 0.0
        while True:
            for line in self._lines():
                if line.startswith(READY):
                    return self._judged(json.loads(line.removeprefix(READY)))
                self._said += line + b"\n"
            self._answer_sudo()
            now = time.monotonic()
            if self._channel.exit_status_ready():
                ended = ended or now
                whole = self._channel.closed or now > ended + REST_SECONDS
                if whole and not self._channel.recv_ready():
                    raise self._refused()
            if now > deadline:
                raise self._unreachable(f"no answer in {START_SECONDS:.0f} s")
            select.select([self._channel], [], [], 0.2)

    def _lines(self) -> Iterator[bytes]:
        """Whole lines that are there now; what a login script prints is among them."""
        while self._channel.recv_ready():
            self.rest += self._channel.recv(CHUNK)
        while b"\n" in self.rest:
            line, _, self.rest = self.rest.partition(b"\n")
            yield line

    def _answer_sudo(self) -> None:
        while self._channel.recv_stderr_ready():
            self._errors += self._channel.recv_stderr(CHUNK)
        if PROMPT not in self._errors:
            return
        if self._asked:
            raise self._unreachable(
                "sudo: the host refuses the password", "compare `target/ssh/sudo_password`"
            )
        self._asked, self._errors = True, b""
        self._channel.sendall(self._connection.sudo_password.encode() + b"\n")

    def _judged(self, told: dict[str, Any]) -> dict[str, Any]:
        if "error" in told:
            raise DockyardError(f"{self._connection.login}: cannot keep the agent: {told['error']}")
        if told.get("old"):
            version = ".".join(map(str, told["python"]))
            hint = "`apt-get install python3.11` or `dnf install python3.11` there, and set `target/ssh/python` to its path"
            raise self._unreachable(
                f"Python: {self._connection.python} is {version}, 3.11 or newer is needed", hint
            )
        return told

    def _refused(self) -> DockyardError:
        """It ended before the bootstrap began: the shell, sudo or Python says why."""
        code = self._channel.recv_exit_status()
        self._answer_sudo()
        told = (self._said + self.rest + b"\n" + self._errors).decode(errors="replace")
        lines = [line for line in told.splitlines() if line.strip()]
        last = lines[-1].strip() if lines else f"exit code {code}"
        if code == -1:
            return lost()
        python = Path(self._connection.python).name
        if self._connection.sudo and not (python in last and "not found" in last):
            text = last.removeprefix("sudo: ")
            user = self._connection.login.user
            hint = f"allow it in /etc/sudoers.d (`{user} ALL=(root) NOPASSWD: ALL`), or set `target/ssh/sudo_password`"
            return self._unreachable(f"sudo: {text}", hint)
        hint = "`apt-get install python3` there, or set `target/ssh/python` to another path"
        return self._unreachable(f"Python: {last}", hint)

    def _unreachable(self, reason: str, hint: str = "") -> UnreachableError:
        return UnreachableError(f"{self._connection.login}: {reason}", hint)
