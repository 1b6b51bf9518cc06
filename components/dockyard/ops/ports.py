"""Who listens where: /proc/net/tcp and the processes that hold its sockets."""

import contextlib
import ipaddress
import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, skipped

NAME = "ports"
LISTENING = "0A"
"""TCP_LISTEN of the kernel's include/net/tcp_states.h."""
EVERY_IPV4 = str(ipaddress.IPv4Address(0))
Address = tuple[str, int]


def listeners(lines: Iterable[str]) -> dict[Address, set[int]]:
    """Address and port -> inodes of the sockets that listen there, of lines of /proc/net/tcp and tcp6; proc(5)."""
    found: dict[Address, set[int]] = {}
    for line in lines:
        fields = line.split()
        if len(fields) > 9 and fields[3] == LISTENING:
            address, port = fields[1].split(":")
            found.setdefault((_address(address), int(port, 16)), set()).add(int(fields[9]))
    return found


def address(text: str) -> Address:
    """Of `127.0.0.1:443` or `[::1]:443`."""
    host, _, port = text.rpartition(":")
    return str(ipaddress.ip_address(host.strip("[]"))), int(port)


def reachable(text: str) -> Address:
    """Where one connects to reach what listens at `address:port`, also where that is every address."""
    host, port = address(text)
    return {EVERY_IPV4: "127.0.0.1", "::": "::1"}.get(host, host), port


def _address(text: str) -> str:
    """The kernel prints words of 32 bits in the host's order."""
    raw = bytes.fromhex(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return str(ipaddress.ip_address(raw))


def judge(
    wanted: Iterable[Address],
    found: Mapping[Address, Collection[int]],
    holders: Mapping[int, tuple[int, str]],
    front: Collection[int],
) -> Verdict:
    """holders: inode of a socket -> process and its name. front: the processes of the front."""
    faults, unknown = [], []
    for host, port in wanted:
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        everywhere = "::" if ":" in host else EVERY_IPV4
        held = [found.get((at, port), ()) for at in (host, everywhere)]
        if any(holders[inode][0] in front for inodes in held for inode in inodes if inode in holders):
            continue
        # A socket of IPv6 may take IPv4 too; the front's own never do.
        inodes = {inode for inodes in (*held, found.get(("::", port), ())) for inode in inodes}
        known = [holders[inode] for inode in inodes if inode in holders]
        if known:
            pid, name = known[0]
            faults.append(f"{shown} is taken by {name} (pid {pid})")
        elif inodes:
            unknown.append(shown)
        else:
            faults.append(f"nobody listens on {shown}")
    if faults:
        return failure(NAME, "; ".join(faults), "ss -ltnp")
    if unknown:
        return skipped(NAME, f"this user may not see who listens on {', '.join(unknown)}", "sudo ss -ltnp")
    return ok(NAME, "all of its addresses are listened on")


def ports(wanted: Iterable[Address], front: Collection[int]) -> Verdict:
    lines: list[str] = []
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        lines += path.read_text().splitlines()[1:] if path.exists() else []
    return judge(wanted, listeners(lines), holders(), front)


def holders() -> dict[int, tuple[int, str]]:
    """Inode of a socket -> process and its name, of the processes that this user may look into."""
    found = {}
    for entry in Path("/proc").iterdir():
        # Another's process, or one that has ended meanwhile: what it holds stays unknown.
        with contextlib.suppress(PermissionError, FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit():
                holder = int(entry.name), (entry / "comm").read_text().strip()
                found.update(dict.fromkeys(_sockets(entry / "fd"), holder))
    return found


def _sockets(folder: Path) -> list[int]:
    """A file that was closed while this looks is left out, not the others."""
    found = []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            if match := re.fullmatch(r"socket:\[(\d+)]", os.readlink(folder / name)):
                found.append(int(match[1]))
    return found
