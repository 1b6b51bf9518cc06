"""A host as pyinfra reaches it: shell commands, pyinfra's operations, the agent, and a lock."""

import contextlib
import fcntl
import json
import logging
import os
import shlex
import time
from collections.abc import Callable, Iterator
from typing import Any

from pyinfra.api import Config, Inventory, State
from pyinfra.api.command import StringCommand
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import NestedOperationError, PyinfraError
from pyinfra.context import ctx_host, ctx_state

from dockyard.errors import DockyardError
from dockyard.provider.agent_call import answer_of, local_command
from dockyard.provider.worker_lock import lock_path

LOCK_SECONDS = 3600.0
LINES = 20


class Host:
    """One connected host. Use as a context manager."""

    def __init__(self, connection: dict[str, Any]) -> None:
        """connection: the tagged union of the resource. Raises DockyardError for one that is not known."""
        if set(connection) != {"local"}:
            raise DockyardError(f"connection: unknown kind {', '.join(sorted(connection)) or 'none'}")
        # pyinfra's own output is for its command line; results and errors are read from its objects.
        logging.getLogger("pyinfra").setLevel(logging.CRITICAL + 1)
        inventory = Inventory((["@local"], {}))
        self._state = State(inventory, Config())
        self._host = inventory.get_host("@local")
        self._contexts = contextlib.ExitStack()

    def __enter__(self) -> "Host":
        connect_all(self._state)
        # With this, each operation runs where it is called, and raises where it fails.
        self._state.is_executing = True
        self._contexts.enter_context(ctx_state.use(self._state))
        self._contexts.enter_context(ctx_host.use(self._host))
        return self

    def __exit__(self, *_: object) -> None:
        self._contexts.close()
        disconnect_all(self._state)

    def agent(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        """One answer of the agent on that host. Raises DockyardError, ProblemsError."""
        command = StringCommand(shlex.join(local_command(verb)))
        _, output = self._host.run_shell_command(command, _stdin=json.dumps(request))
        return answer_of(verb, output.stdout, output.stderr)

    def run(self, operation: Callable[..., Any], *arguments: Any, **options: Any) -> bool:
        """Runs one of pyinfra's operations; gives whether it changed anything. Raises DockyardError with the output's end."""
        try:
            meta = operation(*arguments, **options)
        except NestedOperationError as error:
            data = self._state.get_op_data_for_host(self._host, str(error))
            lines = data.operation_meta.stderr_lines or data.operation_meta.stdout_lines
            name = f"{operation.__module__.rpartition('.')[2]}.{operation.__name__}"
            raise DockyardError("\n    ".join([f"{name} failed:", *lines[-LINES:]])) from None
        except PyinfraError as error:
            raise DockyardError(f"{operation.__name__} failed: {error}") from None
        return bool(meta.did_change())

    @contextlib.contextmanager
    def locked(self, told: Callable[[], None], checkpoint: Callable[[], None]) -> Iterator[None]:
        """One at a time on this host. `told` is called once where another one has the lock, `checkpoint` while it has."""
        descriptor = os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            if not _try_lock(descriptor):
                told()
                _wait_for_lock(descriptor, checkpoint)
            yield
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_lock(descriptor: int, checkpoint: Callable[[], None]) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise DockyardError("another dockyard has been at work on this host for an hour")
        checkpoint()
        time.sleep(0.1)
