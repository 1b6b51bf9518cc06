"""The worker process: one request, then it ends."""

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from dockyard.errors import DockyardError
from dockyard.provider.agent_call import error_as_json
from dockyard.provider.worker.apply import Work
from dockyard.provider.worker.host import Host


class _Events:
    """The way back. A plugin that is gone does not stop the work: half a change is worse than a whole one."""

    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "w")

    def send(self, event: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):
            self._stream.write(json.dumps(event) + "\n")
            self._stream.flush()

    def log(self, text: str, status: bool) -> None:
        self.send({"log": text, "status": status})


def main() -> int:
    """argv: the verb (`apply` or `remove`) and the file descriptor for events."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    verb, events = sys.argv[1], _Events(int(sys.argv[2]))
    request = json.load(sys.stdin)

    def checkpoint() -> None:
        if stop.is_set():
            raise DockyardError("cancelled", "the next `up` goes on from here")

    def told() -> None:
        events.log("waiting for another dockyard at work on this host", True)

    work: Work | None = None
    try:
        with Host(request["bundle"]["connection"]) as host, host.locked(told, checkpoint):
            work = Work(host, request, events.log, checkpoint)
            work.apply() if verb == "apply" else work.remove()
    except DockyardError as error:
        touched = work is not None and work.touched
        events.send({"error": error_as_json(error), "touched": touched})
        return 0
    events.send({"ok": {}})
    return 0
