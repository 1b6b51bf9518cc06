"""Lines to the person who waits, through the engine."""

import threading
from collections.abc import Callable
from typing import Any

import grpc

from dockyard.provider.stubs import proto


class EngineLog:
    """Writes to the engine's log. Thread-safe. A line that the engine does not take is dropped: it may be gone, and no work on a
    host may fail for that."""

    def __init__(self, address: str | None) -> None:
        self._lock = threading.Lock()
        self._stub: Any = None
        self._address = address

    def connect(self, address: str) -> None:
        """Another engine address than the command line's."""
        with self._lock:
            self._address, self._stub = address, None

    def to(self, urn: str) -> Callable[[str, bool], None]:
        """A function that logs (text, is a passing status line) for one resource."""

        def log(text: str, status: bool) -> None:
            request = proto.LogRequest(severity=proto.INFO, message=text, urn=urn, ephemeral=status)
            stub = self._engine()
            if stub is None:
                return
            try:
                stub.Log(request, timeout=5)
            except grpc.RpcError:
                return

        return log

    def _engine(self) -> Any:
        with self._lock:
            if self._stub is None and self._address:
                self._stub = proto.EngineStub(grpc.insecure_channel(self._address))
            return self._stub
