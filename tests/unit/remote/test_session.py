"""What a program says at its end, though the news of its end came first, as a busy sshd sends them; and a connection that is lost."""

import os
from types import SimpleNamespace

import paramiko
import pytest
from dockyard.errors import DockyardError
from dockyard.remote import session
from dockyard.remote.connection import Connection, Login
from dockyard.remote.login import UnreachableError

CONNECTION = Connection(Login("host", 22, "me", "", ""))


class Channel:
    """One that tells of the end at once, and passes on what was said at the third look."""

    def __init__(self, output: bytes, closes: bool = True) -> None:
        self._output, self._closes, self._looks = output, closes, 0
        self._pipe = os.pipe()
        os.write(self._pipe[1], b"x")
        self.closed = False

    def fileno(self) -> int:
        return self._pipe[0]

    def exit_status_ready(self) -> bool:
        self._looks += 1
        self.closed = self._closes and self._looks >= 3
        return True

    def recv_exit_status(self) -> int:
        return 1

    def recv_ready(self) -> bool:
        return self._looks >= 3 and bool(self._output)

    def recv(self, _: int) -> bytes:
        output, self._output = self._output, b""
        return output

    def recv_stderr_ready(self) -> bool:
        return False


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), EOFError(), paramiko.SSHException()])
def test_a_connection_that_was_lost_between_two_steps_is_told(error: Exception) -> None:
    def open_session(timeout: float) -> None:
        raise error

    found = session.Session(CONNECTION)
    found._transport = SimpleNamespace(open_session=open_session)  # type: ignore[assignment]
    with pytest.raises(DockyardError, match="the connection to the host was lost"), found.start("hello"):
        pass


def greeting(channel: Channel) -> session._Greeting:
    return session._Greeting(CONNECTION, channel)  # type: ignore[arg-type]


def test_the_last_words_are_told() -> None:
    with pytest.raises(UnreachableError, match="Python: no such account"):
        greeting(Channel(b"no such account\n")).wait()


def test_an_answer_that_follows_the_end_counts() -> None:
    with pytest.raises(DockyardError, match="cannot keep the agent: no room"):
        greeting(Channel(b'dockyard-ready {"error": "no room"}\n')).wait()


def test_output_that_stays_open_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REST_SECONDS", 0.1)
    with pytest.raises(UnreachableError, match="Python: last"):
        greeting(Channel(b"last\n", closes=False)).wait()
