"""Metrics of the programs of an instance: whether they answer, what their processes use, NGINX's connections, versions."""

import contextlib
import os
import platform
import re
import socket
import subprocess
import time
from collections.abc import Iterator

from dockyard.ops import healthz, launch
from dockyard.ops.exposition import Sample
from dockyard.ops.processes import of as processes_of
from dockyard.ops.settings import Settings
from dockyard.ops.versions import version_of

SECONDS = 5.0
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
UTIME, CHILDREN, RESIDENT = 11, 13, 21
"""Places in /proc/PID/stat from its third field on: utime and stime, those of children that have ended, rss; proc_pid_stat(5)."""
OK, LIMITED = 200, 429
MOST = 10_000


def answers(settings: Settings) -> Iterator[Sample]:
    """Asked through the front, as clients ask: its own answer to /healthz is the registry's."""
    host, port, domain = (settings.metrics[name] for name in ("host", "port_of_front", "domain"))
    try:
        status, ends = healthz.look((host, port), domain)
    except OSError:
        yield Sample("dockyard_up", 0, {"service": "front"})
        return
    yield Sample("dockyard_up", 1, {"service": "front"})
    if status != LIMITED:
        yield Sample("dockyard_up", status == OK, {"service": "registry"})
    yield Sample("dockyard_certificate_remaining_seconds", round(ends - time.time(), 3))


def processes(settings: Settings) -> Iterator[Sample]:
    for service, run_file in (("front", settings.front_run_file), ("registry", settings.run_file)):
        labels = {"service": service}
        with contextlib.suppress(PermissionError):
            found = processes_of(run_file, settings.containers.get(service, ""))
            stats = [fields for pid in found if (fields := launch.stat_fields(pid))]
            yield Sample("dockyard_processes", len(stats), labels)
            if not stats:
                continue
            ticks = sum(int(field) for fields in stats for field in fields[UTIME:CHILDREN])
            # Workers that have ended count too, else the sum would fall: their time is their parents'.
            ticks += sum(int(field) for fields in stats for field in fields[CHILDREN : CHILDREN + 2])
            resident = sum(int(fields[RESIDENT]) for fields in stats) * PAGE
            yield Sample("dockyard_process_resident_bytes", resident, labels)
            yield Sample("dockyard_process_cpu_seconds_total", ticks / TICKS, labels)
            files = [open_files(pid) for pid in found]
            if any(files) and None not in files:
                yield Sample("dockyard_process_open_files", sum(it or 0 for it in files), labels)


def open_files(pid: int) -> int | None:
    """None where this user may not know. From Linux 6.2 on the folder's size is their number, which anybody may know."""
    folder = f"/proc/{pid}/fd"
    try:
        return os.stat(folder).st_size or len(os.listdir(folder))
    except PermissionError:
        return None
    except (FileNotFoundError, ProcessLookupError):
        return 0


def connections(settings: Settings) -> Iterator[Sample]:
    """NGINX's own count, from a unix socket that nobody outside of the host reaches."""
    text = _asked(settings.metrics["status_socket"])
    numbers = [int(number) for number in re.findall(r"\d+", text.partition("\r\n\r\n")[2])]
    if len(numbers) != 7:
        raise ValueError("this is no status of NGINX")
    active, accepted, handled, _, reading, writing, waiting = numbers
    states = {"active": active, "reading": reading, "writing": writing, "waiting": waiting}
    for state, count in states.items():
        yield Sample("dockyard_front_connections", count, {"state": state})
    yield Sample("dockyard_front_connections_accepted_total", accepted)
    yield Sample("dockyard_front_connections_dropped_total", accepted - handled)


def _asked(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(path)
        client.sendall(b"GET / HTTP/1.0\r\nHost: status\r\n\r\n")
        answer = b""
        while len(answer) < MOST and (part := client.recv(4096)):
            answer += part
    return answer.decode("ascii", "replace")


def build(settings: Settings) -> Iterator[Sample]:
    labels = {
        "instance_name": settings.instance,
        "version": settings.metrics["version"],
        "registry": _version(settings.registry, "--version"),
        # NGINX's image says it by its tag: its program is in there.
        "front": settings.metrics.get("front_version") or _version(settings.metrics["nginx"], "-v"),
        "python": platform.python_version(),
    }
    yield Sample("dockyard_build_info", 1, labels)


def _version(program: str, option: str) -> str:
    """As it says itself; "" where it says none."""
    command = [program, option]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return ".".join(map(str, version_of(done.stdout + done.stderr) or ()))
    return ""
