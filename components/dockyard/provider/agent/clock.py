"""The clock of a host: a daemon keeps it in time, the one that is there, or one that is installed where there is none."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle

CAP_SYS_TIME = 25
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


def missing_daemon(bundle: Bundle, missing: Iterable[str]) -> list[str]:
    """The package to install: none where one of the daemons is there, or where the clock is not the host's to set.

    missing: those of the daemons' packages that are not installed.
    """
    wanted = list(bundle.time_daemons)
    return wanted[:1] if wanted and set(wanted) == set(missing) and not reason() else []


def reason() -> str:
    """Why this host cannot set its clock; "" where it can."""
    if any(Path(mark).exists() for mark in CONTAINER_MARKS) or _container():
        return "this is a container, whose clock is its host's"
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return "" if int(effective, 16) >> CAP_SYS_TIME & 1 else "this host may not set its clock"


def told(bundle: Bundle, missing: Iterable[str]) -> list[str]:
    """For people: why no daemon is installed, where there is none."""
    if not bundle.time_daemons or set(bundle.time_daemons) != set(missing) or not (why := reason()):
        return []
    return [f"no {bundle.time_daemons[0]}: {why}"]


def start(bundle: Bundle, record: Record) -> list[str]:
    """Starts the daemon that we have installed, where it does not run: no service may start during an installation."""
    ours = [name for name in bundle.time_daemons if name in record.packages]
    return [f"started {name}" for name in ours if not _runs(name) and _start(name)]


def _runs(name: str) -> bool:
    return _do("systemctl", "is-active", "--quiet", name) if _systemd() else _do("service", name, "status")


def _start(name: str) -> bool:
    if _systemd():
        return _do("systemctl", "enable", "--now", name)
    return _do("service", name, "start")


def _systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def _container() -> bool:
    return bool(shutil.which("systemd-detect-virt")) and _do("systemd-detect-virt", "--container", "--quiet")


def _do(*command: str) -> bool:
    if not shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        return False
    done = subprocess.run(command, env=clean_environment(), capture_output=True, check=False)
    return done.returncode == 0
