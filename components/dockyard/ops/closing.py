"""How Traefik refuses writes: while a file stands in the folder that it watches, and once it has read it.

It reads the folder a moment after a change, and says nothing of it. So it is asked: a push by nobody is answered 401 by a front that
is open, and 503 by one that is closed. One that does not run yet reads the file before its first request.
"""

import contextlib
import http.client
import time
from pathlib import Path

from dockyard.ops import ports, processes
from dockyard.ops.errors import OpsError
from dockyard.ops.settings import Settings
from dockyard.ops.unverified import connected

SECONDS, PAUSE, PATIENCE = 60.0, 0.1, 5.0
ASKED = "POST /v2/dockyard/blobs/uploads/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REFUSED = 503


def closed(settings: Settings) -> bool:
    """Whether the file is there."""
    return bool(settings.closing) and _file(settings).exists()


def close(settings: Settings) -> None:
    """Returns once writes are refused. Raises OpsError where they are not; whoever calls opens again."""
    if not settings.closing:
        return
    file = _file(settings)
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.write_text(settings.closing["text"])
    temporary.chmod(0o644)
    temporary.rename(file)
    deadline = time.monotonic() + SECONDS
    while (answer := _asked(settings)) != REFUSED:
        if time.monotonic() > deadline:
            told = f"its answer to a push is {answer}" if answer else "it does not answer"
            raise OpsError(f"Traefik does not refuse writes: {told}; nothing was changed", "dockyard doctor")
        time.sleep(PAUSE)


def open_again(settings: Settings) -> None:
    if settings.closing:
        _file(settings).unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return Path(settings.closing["file"])


def _asked(settings: Settings) -> int:
    """The status of a push by nobody; 0 where there is no answer, and as if refused where Traefik does not run."""
    address, domain = ports.reachable(settings.looks_at["listen"][0]), settings.looks_at["domain"]
    with contextlib.suppress(OSError, http.client.HTTPException):
        try:
            connection = connected(address, domain, PATIENCE)
        except ConnectionRefusedError:
            return 0 if processes.of(settings.front_run_file, settings.containers["front"]) else REFUSED
        with connection:
            connection.sendall(ASKED.format(host=domain).encode())
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status
    return 0
