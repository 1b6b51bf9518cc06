"""The distribution's packages: which are missing, and their own services kept quiet."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from dockyard.errors import DockyardError
from dockyard.provider.agent import guard
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.clock import missing_daemon
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.self_hosted.bundle import Bundle, unit_of

DPKG_LOCK = Path("/var/lib/dpkg/lock-frontend")
DPKG_SECONDS = 600.0
UNIT_FOLDERS = ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")


QUERIES = {
    "apt": ("dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\n"),
    "dnf": ("rpm", "--query", "--queryformat", "ii  %{NAME}\n"),
}


def missing_packages(packages: Iterable[str], manager: str) -> list[str]:
    """Those that are not fully installed. Raises DockyardError where the host has another kind of packages."""
    wanted = list(packages)
    if not wanted:
        return []
    command = [*QUERIES[manager], *wanted]
    try:
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        text = f"cannot install {', '.join(wanted)}: this host has no {command[0]}"
        hint = "Debian and Ubuntu are supported as root; on another host, RPMs with `packages: dnf` of `target/ssh`"
        raise DockyardError(text, hint) from None
    installed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("ii ")}
    return [package for package in wanted if package not in installed]


def missing(bundle: Bundle) -> list[str]:
    """What is to be installed."""
    daemons = missing_packages(bundle.time_daemons, bundle.package_manager)
    return [*missing_packages(bundle.packages, bundle.package_manager), *missing_daemon(bundle, daemons)]


def begin(plan: Plan, record: Record, wanted: list[str]) -> None:
    """Before an installation: notes what it brings, and keeps its services from starting."""
    record.packages += [package for package in wanted if package not in record.packages]
    silence = [name for name in plan.bundle.package_services if not has_service(name)]
    record.silence += [name for name in silence if name not in record.silence]
    record.save(plan.record)
    if plan.bundle.package_manager == "apt":
        # An RPM starts nothing by itself.
        guard.put_up()


def end(plan: Plan, record: Record) -> list[str]:
    """After an installation, or after one that was killed: disables the services it brought, and lifts the guard."""
    if not record.silence and not guard.is_ours():
        return []
    _wait_for_dpkg()
    silenced = [name for name in record.silence if has_service(name)]
    for name in silenced:
        _disable(name)
    guard.take_down()
    record.silence = []
    record.save(plan.record)
    return silenced


def _wait_for_dpkg() -> None:
    """An installation whose starter was killed goes on: the guard stands until it has ended."""
    if not DPKG_LOCK.exists():
        return
    deadline = time.monotonic() + DPKG_SECONDS
    with DPKG_LOCK.open("r+") as lock:
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > deadline:
                    raise DockyardError("another apt or dpkg has been at work for 10 minutes") from None
                time.sleep(0.2)
            else:
                return


def has_service(name: str) -> bool:
    """Whether the host knows a service of that name."""
    units = [Path(folder, unit_of(name)) for folder in UNIT_FOLDERS]
    return any(path.exists() for path in (*units, Path("/etc/init.d", name)))


def _disable(name: str) -> None:
    running = Path("/run/systemd/system").is_dir()
    commands = []
    if shutil.which("systemctl"):
        # Without systemd as process 1 this still removes the links that start the service at boot.
        commands.append(["systemctl", "disable", *(["--now"] if running else []), unit_of(name)])
    elif shutil.which("update-rc.d") and unit_of(name).endswith(".service"):
        commands.append(["update-rc.d", name, "disable"])
    if not running and os.access(f"/etc/init.d/{name}", os.X_OK):
        commands.append([f"/etc/init.d/{name}", "stop"])
    for command in commands:
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise DockyardError(f"cannot disable the package's own service {name}:\n{done.stderr.strip()}")
