"""What has to be known of a host before anything can be rendered for it."""

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dockyard.self_hosted.bundle import Runtime

SYSTEM_PYTHON = "/usr/bin/python3"
MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs"})


@dataclass(frozen=True)
class HostFacts:
    """A host, as far as a bundle depends on it."""

    root: bool
    """True where it is configured as root: accounts, packages and /etc are ours to use."""
    systemd: bool
    """True where systemd is process 1."""
    memory_dir: str
    """A folder on memory-backed storage, for sockets and the cache of verified credentials."""
    state_dir: str
    """Where everything goes on a host that is not configured as root."""
    python: str
    """The interpreter that runs supervisord; it must have the package `supervisor`."""
    nginx: str = "/usr/sbin/nginx"
    registry: str = "/usr/bin/docker-registry"
    certbot: str = "/usr/bin/certbot"
    package_manager: str = "apt"
    """What installs packages there: apt or dnf."""
    remote: bool = False
    """True where it is another machine: nothing of this environment is there."""
    docker: bool = False
    """True where Docker is to run the registry unless a setting names something else."""
    limits: bool = True
    """False where containers can be given none: an engine without root, whose user has no cgroups to give."""

    @property
    def runtime(self) -> Runtime:
        """What keeps the services running unless a setting names it: systemd for root where it is there, supervisor else."""
        return Runtime.SYSTEMD if self.root and self.systemd else Runtime.SUPERVISOR


def local_facts(state_dir: Path) -> HostFacts:
    """This machine. As root the distribution's packages are installed, so that their paths are known beforehand."""
    root = os.geteuid() == 0
    return HostFacts(
        root=root,
        systemd=Path("/run/systemd/system").is_dir(),
        memory_dir=memory_dir(
            root, os.environ.get("XDG_RUNTIME_DIR"), Path("/proc/mounts").read_text().splitlines()
        ),
        state_dir=str(state_dir),
        python=sys.executable,
        nginx=_binary("nginx", HostFacts.nginx),
        registry=_binary("docker-registry", HostFacts.registry),
        certbot=HostFacts.certbot if root else _binary("certbot", HostFacts.certbot),
    )


def planned_facts(state_dir: Path, runtime: str) -> HostFacts:
    """Some host that can keep what the settings ask for: one configured as root, run by systemd unless `runtime` is supervisor."""
    return HostFacts(
        root=True,
        systemd=runtime != Runtime.SUPERVISOR,
        memory_dir="/run",
        state_dir=str(state_dir),
        python=SYSTEM_PYTHON,
    )


def memory_dir(root: bool, runtime_dir: str | None, mounts: Iterable[str]) -> str:
    """The folder on memory-backed storage to use: /run for root, the user's runtime folder for others, else /dev/shm."""
    wanted = "/run" if root else runtime_dir
    if wanted and _file_system(wanted, mounts) in MEMORY_FILE_SYSTEMS:
        return wanted
    return "/dev/shm"  # noqa: S108 -- the applier checks that ours in there belongs to us


def _file_system(path: str, mounts: Iterable[str]) -> str:
    """The type of the file system that holds the path, from lines of /proc/mounts."""
    best, kind = "", ""
    for line in mounts:
        _, point, file_system, *_ = line.split(" ")
        holds = path == point or path.startswith(point.rstrip("/") + "/")
        if holds and len(point) >= len(best):
            best, kind = point, file_system
    return kind


def _binary(name: str, usual: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/usr/bin"])
    return shutil.which(name, path=path) or usual
