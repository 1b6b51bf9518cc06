"""Cables between throw-away hosts and this machine: veth pairs, each end in a network namespace of its own."""

import random
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.far_host import FarHost


def cable(one: "FarHost", other: "FarHost") -> str:
    """A cable between two hosts; gives the other's address on it, which is reached from the first alone."""
    here, there = _addresses()
    for host, address, name in ((one, here, "eth1"), (other, there, "eth1")):
        ip = [*_inside(host.holder.pid), "ip"]
        if host is one:
            peer = ["peer", "name", name, "netns", str(other.holder.pid)]
            subprocess.run([*ip, "link", "add", name, "type", "veth", *peer], check=True)
        subprocess.run([*ip, "address", "add", f"{address}/30", "dev", name], check=True)
        subprocess.run([*ip, "link", "set", name, "up"], check=True)
    return there


def _inside(pid: int) -> list[str]:
    return ["nsenter", f"--target={pid}", "--net"]


def _addresses() -> tuple[str, str]:
    """A pair of 100.64.0.0/10, the addresses that carriers use inside."""
    base = (100 << 24) + (64 << 16) + random.randrange(1 << 20) * 4
    here, there = (
        ".".join(str(base + offset >> shift & 255) for shift in (24, 16, 8, 0)) for offset in (1, 2)
    )
    return here, there


def network(pid: int) -> str:
    """A cable between here and the host; gives the host's address. It goes with the namespace."""
    here, there = _addresses()
    name = "far" + "".join(part.zfill(3) for part in here.split(".")[1:])
    inside = [*_inside(pid), "ip"]
    for command in (
        ["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(pid)],
        ["ip", "address", "add", f"{here}/30", "dev", name],
        ["ip", "link", "set", name, "up"],
        [*inside, "address", "add", f"{there}/30", "dev", "eth0"],
        [*inside, "link", "set", "eth0", "up"],
        [*inside, "link", "set", "lo", "up"],
        [*inside, "route", "add", "default", "via", here],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return there
