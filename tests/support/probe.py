"""What a service may do, tried from within: run in its unit's place, prints JSON. Standard library only, since it runs on a host.

probe.py PATH...     # the folders of which it is asked whether they may be written to
"""

import contextlib
import ctypes
import errno
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NEW_NAMESPACE, MS_BIND, PERSONA_32 = 0x00020000, 4096, 0x0008
LIBC = ctypes.CDLL(None, use_errno=True)


def attempt(action: Callable[[], object]) -> str:
    """ "" where it may; the name of the error else."""
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return ""


def call(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def set_user_id_bit() -> None:
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o4755)


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def others() -> int:
    """How many processes of other accounts are seen."""
    found = 0
    for entry in Path("/proc").glob("[0-9]*"):
        # One may end between the two.
        with contextlib.suppress(FileNotFoundError):
            found += entry.stat().st_uid != os.geteuid()
    return found


def connect(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "namespace": lambda: call("unshare", NEW_NAMESPACE),
    "mount": lambda: call("mount", b"/tmp", b"/tmp", b"", MS_BIND, b""),
    "set-user-id": set_user_id_bit,
    "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "hostname": lambda: socket.sethostname("other"),
    "kernel's log": lambda: call("klogctl", 3, b"", 0),
    "personality": lambda: call("personality", PERSONA_32),
    "packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
    "network": lambda: socket.socket(socket.AF_INET).close(),
    "process 1": lambda: connect("/run/systemd/private"),
    "bus": lambda: connect("/run/dbus/system_bus_socket"),
    "unix": lambda: socket.socket(socket.AF_UNIX).close(),
}


def main(paths: list[str]) -> None:
    known = status()
    kernel = ("/proc/sys/kernel", "/sys/fs/cgroup", "/sys/kernel")
    found = {
        "attempts": {name: attempt(action) for name, action in ATTEMPTS.items()},
        "read only": [path for path in (*paths, *kernel) if os.statvfs(path).f_flag & os.ST_RDONLY],
        "capabilities": int(known["CapBnd"], 16) | int(known["CapEff"], 16),
        "no new rights": known["NoNewPrivs"],
        "user": os.geteuid(),
        "others": others(),
        "devices": [name for name in ("kmsg", "mem", "console") if Path("/dev", name).exists()],
        "mark": os.path.exists("/tmp/mark"),
        "home": os.path.exists("/home/deploy"),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
