"""A registry behind a real Traefik, in containers whose ports Docker publishes: in a network of the tests' own, with clients beside it."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.firewall.conftest import ip
from tests.support import docker
from tests.support.composed import Composed
from tests.support.docker import ROOT, Daemon

TRAEFIK = ROOT / "build" / "traefik" / "traefik"
IMAGES = {"registry": "registry:2.8.3", "traefik": "traefik:v3.7.13"}
PROGRAMS = {"/usr/local/bin/traefik": str(TRAEFIK), "/usr/bin/wget": "/usr/bin/wget"}
SERVER, CLIENT = "10.9.7.1", "10.9.7.2"
USERS: dict[str, Any] = {
    "admin": {"admin": True},
    "ci": {"push": ["**"]},
    "reader": {"pull": ["**"]},
    "team": {"delete": ["**"]},
}
CLONE_NEWNET = 0x40000000


def missing() -> str:
    """Why there can be no Traefik here; "" where there can."""
    if not TRAEFIK.exists():
        return "not built: Traefik (make test-traefik builds it)"
    absent = [name for name in ("ip", "iptables", "wget") if not shutil.which(name, path=docker.PATH)]
    return docker.missing() or (f"not installed: {', '.join(absent)}" if absent else "")


@dataclass
class Net:
    """The namespace of the registry's host, and one with clients."""

    server: str
    clients: str

    def outside(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Of a client's host."""
        line = ["ip", "netns", "exec", self.clients, *command]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def network() -> Iterator[Net]:
    made = Net(f"traefik-{os.getpid()}", f"traefik-{os.getpid()}-clients")
    ends = {made.server: SERVER, made.clients: CLIENT}
    try:
        for name in ends:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip(
            "link",
            "add",
            "lan",
            "netns",
            made.server,
            "type",
            "veth",
            "peer",
            "name",
            "lan",
            "netns",
            made.clients,
        )
        for name, address in ends.items():
            ip("-n", name, "address", "add", f"{address}/24", "dev", "lan")
            ip("-n", name, "link", "set", "lan", "up")
        yield made
    finally:
        for name in ends:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def within(name: str) -> Iterator[None]:
    """This thread, and what it starts, in the network namespace."""
    library = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{name}") as wanted:
        assert library.setns(wanted.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert library.setns(before.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


def edit(path: Path, text: str) -> None:
    """In one step: Traefik watches, and reads what is half written too."""
    temporary = path.with_name(f".{path.name}.edited")
    temporary.write_text(text)
    temporary.chmod(0o644)
    temporary.replace(path)


def publishing(folder: Path) -> Daemon:
    """A daemon that publishes ports, as one has it that is installed."""
    return Daemon(folder, options=("--bridge=none",))


def behind_traefik(daemon: Daemon, folder: Path, port: int, **settings: Any) -> Composed:
    """Not applied yet."""
    wanted = {
        "runtime": "compose",
        "front": "traefik",
        "images": IMAGES,
        "port": port,
        "domain": "localhost",
        "listen": ["127.0.0.1", SERVER, "::1"],
        "users": USERS,
    }
    return Composed(f"traefik-{port}", folder, {**wanted, **settings}, daemon=daemon)
