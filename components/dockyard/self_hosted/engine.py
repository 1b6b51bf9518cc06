"""What answers the program `docker`, a Docker daemon or podman, run by root or by a user, and what it cannot keep of a registry.

Standard library only: the agent asks the same.
"""

import os
import pwd
import re
import socket
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dockyard.ops.containers import engine_name

OTHERWISE = 'set runtime to "systemd" or "supervisor"'
SECONDS = 5.0
OLDEST = (4, 3)
"""Of podman: before it, `docker compose` cannot work with it."""
RESTART = "podman-restart.service"
HELPERS = ("/usr/local/libexec/podman", "/usr/local/lib/podman", "/usr/libexec/podman", "/usr/lib/podman")
"""Where podman looks for its init program, besides the PATH."""
CONTROLLERS = frozenset({"cpu", "memory", "pids"})
DELEGATE = (
    "Delegate=cpu memory pids for user@.service, as root, lets it (systemd.resource-control(5), Delegate=)"
)


class Refusal(NamedTuple):
    """Why it cannot be used, and what to do about it."""

    reason: str
    hint: str = ""


class Engine(NamedTuple):
    """owner: the account that runs it. cgroups: their version on its host."""

    name: str
    version: str
    owner: int
    cgroups: str

    @property
    def podman(self) -> bool:
        return self.name == "podman"

    @property
    def rootless(self) -> bool:
        return self.owner != 0


def engine(info: Mapping[str, Any], version: Mapping[str, Any], path: str) -> Engine:
    """info, version: as `docker` prints them. path: of the socket. Raises OSError."""
    name = engine_name(version.get("Server") or {})
    return Engine(name, str(info.get("ServerVersion")), owner(path), str(info.get("CgroupVersion")))


def owner(path: str) -> int:
    """The account that listens on a unix socket. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(path)
        size = struct.calcsize("3i")
        told: tuple[int, int, int] = struct.unpack(
            "3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        return told[1]


def refusal_of(found: Engine, environment: Mapping[str, str], host: Path = Path("/")) -> Refusal | None:
    """None where it can run a registry. host: the root of its file system."""
    if found.rootless and found.owner != os.geteuid():
        return Refusal(
            f"{found.name} is run by {_account(found.owner)}, whose containers could not use the files made here",
            f"run dockyard as {_account(found.owner)}, or start {found.name} as root",
        )
    if found.podman:
        return next(_podman(found, environment, host), None)
    if found.rootless:
        return Refusal(
            "rootless Docker has a network of its own: there the front would listen, where no client reaches it,"
            " and clients of a port that it publishes would all have one address",
            f"{OTHERWISE}, or run podman in its place",
        )
    return None


def _podman(found: Engine, environment: Mapping[str, str], host: Path) -> Iterator[Refusal]:
    if tuple(map(int, re.findall(r"\d+", found.version)[:2])) < OLDEST:
        yield Refusal(f"podman {found.version} is too old", f"install 4.3 or newer, or {OTHERWISE}")
    folders = (*HELPERS, *environment.get("PATH", "").split(os.pathsep))
    if not any(Path(host, folder.lstrip("/"), "catatonit").exists() for folder in folders):
        yield Refusal("podman's init program is not installed: catatonit", "apt-get install catatonit")
    if not Path(host, "run/systemd/system").is_dir():
        return
    user = "" if not found.rootless else " --user"
    if not any(any(folder.glob(f"*.wants/{RESTART}")) for folder in _units(found, environment, host)):
        hint = f"systemctl{user} enable {RESTART}"
        yield Refusal(f"podman starts no container at boot: {RESTART} is not enabled", hint)
    if found.rootless and not Path(host, "var/lib/systemd/linger", _account(found.owner)).exists():
        account = _account(found.owner)
        yield Refusal(
            f"the containers would end when {account} signs out, and not be there after a boot: no lingering",
            f"loginctl enable-linger {account}",
        )


def lacking(found: Engine, host: Path = Path("/")) -> str:
    """What it does not do for a registry that a Docker daemon does; "" for nothing."""
    if found.podman and not Path(host, "run/systemd/system").is_dir():
        return "checks health and starts containers at boot by systemd, which does not run this machine"
    if not limits(found, host):
        return "can limit nothing: this host leaves this user no cgroups"
    return ""


def limits(found: Engine, host: Path = Path("/")) -> bool:
    """Whether its containers can be given limits of memory, CPU and processes."""
    if not found.rootless:
        return True
    group = f"sys/fs/cgroup/user.slice/user-{found.owner}.slice/user@{found.owner}.service"
    try:
        has = Path(host, group, "cgroup.controllers").read_text().split()
    except OSError:
        return False
    return found.cgroups == "2" and set(has) >= CONTROLLERS


def _units(found: Engine, environment: Mapping[str, str], host: Path) -> Iterator[Path]:
    """Where services are enabled."""
    if not found.rootless:
        yield Path(host, "etc/systemd/system")
        return
    yield Path(host, "etc/systemd/user")
    home = environment.get("HOME", "/")
    yield Path(host, environment.get("XDG_CONFIG_HOME", f"{home}/.config").lstrip("/"), "systemd/user")


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
