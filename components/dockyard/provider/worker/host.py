"""A host as pyinfra reaches it: shell commands, pyinfra's operations, the agent, and a lock."""

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import NestedOperationError, PyinfraError
from pyinfra.context import ctx_host, ctx_state

from dockyard.errors import DockyardError
from dockyard.provider.worker.far import Far
from dockyard.provider.worker.near import Near
from dockyard.remote.connection import connection_of

LOCK_SECONDS = 3600.0
LINES = 20


class Reach(Protocol):
    """This machine, or another one."""

    @property
    def connector(self) -> Any:
        """pyinfra's class for it."""

    def agent(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        """One answer of the agent there. Raises DockyardError, ProblemsError."""

    def locking(self) -> Generator[bool, None, None]:
        """Tries to get the host's lock, again and again: False as long as another has it, then True once. Closing lets go of it."""


class Host:
    """One connected host. Use as a context manager."""

    def __init__(self, connection: dict[str, Any]) -> None:
        """connection: the tagged union of the resource."""
        # pyinfra's own output is for its command line; results and errors are read from its objects.
        logging.getLogger("pyinfra").setLevel(logging.CRITICAL + 1)
        found = connection_of(connection)
        self._contexts = contextlib.ExitStack()
        self._far = Far(found) if found else None
        self._reach: Reach = self._far or Near()

    def __enter__(self) -> "Host":
        if self._far:
            self._contexts.enter_context(self._far)
        inventory = Inventory((["host"], {}))
        self._host = inventory.get_host("host")
        self._host.connector_cls = self._reach.connector
        self._state = State(inventory, Config())
        connect_all(self._state)
        # With this, each operation runs where it is called, and raises where it fails.
        self._state.is_executing = True
        self._contexts.enter_context(ctx_state.use(self._state))
        self._contexts.enter_context(ctx_host.use(self._host))
        self._contexts.callback(disconnect_all, self._state)
        return self

    def __exit__(self, *_: object) -> None:
        self._contexts.close()

    def agent(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        """One answer of the agent on that host. Raises DockyardError, ProblemsError."""
        return self._reach.agent(verb, request)

    def leave(self) -> None:
        """Removes what was put there only to work there."""
        if self._far:
            self._far.agent("leave", {})

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
        deadline = time.monotonic() + LOCK_SECONDS
        with contextlib.closing(self._reach.locking()) as tries:
            waited = False
            while not next(tries):
                if not waited:
                    told()
                waited = True
                if time.monotonic() > deadline:
                    raise DockyardError("another dockyard has been at work on this host for an hour")
                checkpoint()
            yield
