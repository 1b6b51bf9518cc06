"""Whether the programs of an instance run, and the registry answers."""

import contextlib
import socket
from pathlib import Path

from dockyard.ops import processes
from dockyard.ops.verdict import Verdict, failure, ok, skipped

SECONDS = 5.0
ANSWERS = ("200", "401")


def process(service: str, run_file: Path, log: str, container: str = "") -> Verdict:
    """log: the command that shows it. container: as `processes.of` takes it."""
    name = f"{service} runs"
    try:
        members = processes.of(run_file, container)
    except PermissionError:
        return skipped(name, f"this user may not read {run_file}", "sudo dockyard doctor")
    if not members:
        return failure(name, f"no process of its last start is alive ({container or run_file})", log)
    return ok(name, f"{len(members)} processes, the first is pid {min(members)}")


def answers(path: Path, log: str) -> Verdict:
    """Asks for /v2/ on the unix socket."""
    name = "registry answers"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        try:
            client.connect(str(path))
            client.sendall(b"GET /v2/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            line = client.recv(200).partition(b"\r\n")[0].decode("ascii", "replace")
        except PermissionError:
            return skipped(name, f"this user may not use {path}", "sudo dockyard doctor")
        except OSError as error:
            return failure(name, f"{path}: {error.strerror or error}", log)
    status = line.split()[1:2]
    if not status or status[0] not in ANSWERS:
        return failure(name, f"{path}: answers {line[:60]!r}", log)
    return ok(name, f"{path}: {line}")


def front_processes(run_file: Path, container: str = "") -> list[int]:
    """Of the front; none where this user may not know them."""
    with contextlib.suppress(PermissionError):
        return processes.of(run_file, container)
    return []
