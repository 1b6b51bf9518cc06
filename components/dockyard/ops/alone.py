"""A registry without a front: it refuses writes itself, once it has been restarted as read-only.

It is ended here, and Docker restarts what has ended; its container begins it as the switch says, and ends one that is read-only when the
switch goes. So nothing here asks Docker, and whatever ends an operation: the switch goes, and the registry takes writes again.
"""

import contextlib
import os
import signal
import ssl
import time
from http.client import HTTPConnection
from pathlib import Path

from dockyard.ops import certificate, processes
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.ports import reachable
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import Verdict, failure, ok, skipped

READ_ONLY = b"REGISTRY_STORAGE_MAINTENANCE_READONLY="
SECONDS, PAUSE = 180.0, 0.2
"""The registry ends once its requests have, after a minute at the latest; then Docker restarts it."""
SEEN = 5.0
NAME = "registry answers"


def wait_until_read_only(settings: Settings, seconds: float = SECONDS) -> None:
    """Returns once no process of the registry can write. Raises OpsError where that does not come about."""
    deadline = time.monotonic() + seconds
    while not ask(settings.owner, lambda: {"done": _ended_writing(settings)})["done"]:
        if time.monotonic() > deadline:
            raise OpsError("the registry was not read-only in time; nothing was changed", restart(settings))
        time.sleep(PAUSE)


def _ended_writing(settings: Settings) -> bool:
    """Ends what can write; whether nothing can. As the registry's own account, which alone may do and see that."""
    for pid in _serving(settings):
        if not _read_only(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    return read_only(settings) or not processes.named(settings.containers["registry"])


def read_only(settings: Settings) -> bool:
    """Whether it serves, and was begun as read-only."""
    serving = _serving(settings)
    return bool(serving) and all(map(_read_only, serving))


def _serving(settings: Settings) -> list[int]:
    """Not what is about to become the registry: the container's first processes name its configuration too."""
    found = processes.named(settings.containers["registry"])
    return [pid for pid, line in found.items() if "serve" in line]


def _read_only(pid: int) -> bool:
    """One that has ended meanwhile writes nothing."""
    try:
        return any(it.startswith(READ_ONLY) for it in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except (FileNotFoundError, ProcessLookupError):
        return True


def restart(settings: Settings) -> str:
    """The command that restarts it."""
    return f"docker compose --file {settings.containers['file']} restart registry"


def writes(settings: Settings, judged: Verdict) -> Verdict:
    """judged: by the switch. Where that lets writes in, the registry must do so too."""
    if judged.status == "ok" and not settings.read_only.exists() and _refuses(settings):
        return failure(judged.name, "refused, and no operation runs", restart(settings))
    return judged


def _refuses(settings: Settings) -> bool:
    """For longer than it takes its container to see that the switch has gone."""
    deadline = time.monotonic() + SEEN
    while read_only(settings):
        if time.monotonic() > deadline:
            return True
        time.sleep(PAUSE)
    return False


def answers(settings: Settings, log: str) -> Verdict:
    """Asks for /v2/ without a password, and trusts what is laid alone. log: the command that shows the registry's."""
    at = settings.looks_at
    host, port = reachable(at["listen"][0])
    try:
        with certificate.connected(Path(at["certificate"]), (host, port), at["domain"]) as connection:
            client = HTTPConnection(host)
            client.sock = connection
            client.request("GET", "/v2/")
            status = client.getresponse().status
    except PermissionError as error:
        return skipped(NAME, f"this user may not read {error.filename}", "sudo dockyard doctor")
    except (OSError, ssl.SSLError) as error:
        return failure(NAME, f"{host} port {port}: {error.strerror or error}", log)
    if status == 200:
        return failure(NAME, f"{host} port {port}: lets in who has no password", "dockyard up")
    found = f"{host} port {port}: {status} without a password"
    return ok(NAME, found) if status == 401 else failure(NAME, found, log)
