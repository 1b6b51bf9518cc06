"""Whether an address is free, and who has it. Linux: /proc."""

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp: include/net/tcp_states.h"""


def split(address: str) -> tuple[str, int]:
    """`[::1]:443` or `127.0.0.1:443` as host and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def bind_error(address: str) -> int:
    """0 where one could listen there now, the errno otherwise."""
    host, port = split(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do: a connection that is only closing does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        return error.errno or errno.EINVAL
    return 0


def answers(address: str, timeout: float = 1.0) -> bool:
    """Whether something accepts connections there; for a wildcard address, on the loopback interface."""
    host, port = split(address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def holders(port: int) -> set[int]:
    """The processes that listen on the port, as far as this user may see them."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    return {pid for pid in process_ids() if inodes & _links(pid)} if inodes else set()


def process_ids() -> list[int]:
    """All processes."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _links(pid: int) -> set[str]:
    links = set()
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                links.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    return links


def command_line(pid: int) -> list[str]:
    """The process's arguments; empty where it is gone or a kernel thread."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").strip("\0").split("\0")
    return []


def parent(pid: int) -> int:
    """The parent's id; 0 where there is none."""
    with suppress(OSError, ValueError, IndexError):
        # The command name in brackets may hold anything, so read from its end on.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def descends(pid: int, ancestors: set[int]) -> bool:
    """Whether the process is one of `ancestors` or was started below one."""
    for _ in range(64):
        if pid in ancestors:
            return True
        pid = parent(pid)
        if pid <= 1:
            return False
    return False


def describe(pid: int) -> str:
    """`nginx (pid 812)`; the program's name only: arguments may hold what others should not read."""
    with suppress(OSError):
        return f"{Path(f'/proc/{pid}/comm').read_text().strip()} (pid {pid})"
    return f"pid {pid}"
