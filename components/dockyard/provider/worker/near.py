"""This machine."""

import os
import time
from collections.abc import Generator
from typing import Any

from pyinfra.connectors.local import LocalConnector

from dockyard.provider.agent_call import call_local
from dockyard.provider.worker_lock import lock_path, try_lock


class Near:
    """The machine that the worker runs on."""

    connector = LocalConnector

    def __init__(self) -> None:
        self._held: tuple[int, ...] = ()

    def agent(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        return call_local(verb, request, self._held)

    def locking(self) -> Generator[bool, None, None]:
        descriptor = os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            while not try_lock(descriptor):
                yield False
                time.sleep(0.1)
            self._held = (descriptor,)
            yield True
        finally:
            self._held = ()
            os.close(descriptor)
