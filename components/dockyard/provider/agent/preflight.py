"""What must hold before anything is changed; every problem at once, with its path and what to type."""

import errno
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dockyard.errors import Problem
from dockyard.provider.agent import containers, ports
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.docker import docker_problems
from dockyard.provider.agent.entries import MEMORY_TYPES, filesystem_type, nearest
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.services import own_processes
from dockyard.self_hosted.bundle import Bundle, Runtime

ENFORCING = Path("/sys/fs/selinux/enforce")
NGINX_DOMAIN = "httpd_t"
FREE_BYTES = 64 * 1024 * 1024
PACKAGES_BYTES = 512 * 1024 * 1024
# Where a program's Debian and Ubuntu package has another name.
PACKAGES = {
    "registry": "docker-registry",
    "htpasswd": "apache2-utils",
    "supervisord": "supervisor",
    "nft": "nftables",
}


def problems_before(plan: Plan, missing_packages: list[str]) -> list[Problem]:
    """The problems to mend before the first change."""
    engine = docker_problems(plan.bundle)
    found = [
        *engine,
        *_systemd(plan.bundle),
        *_selinux(plan.bundle),
        *_rights(plan.bundle),
        *_memory(plan.bundle),
        *_writable(plan.bundle),
        # Only what runs the containers knows which processes are ours.
        *(() if engine else _ports(plan)),
        *_programs(plan.bundle),
    ]
    found += _space(plan.bundle, PACKAGES_BYTES if missing_packages else 0)
    return found if missing_packages else found + missing_binaries(plan.bundle)


def missing_binaries(bundle: Bundle) -> list[Problem]:
    """Programs that are not there, each with the one command that installs them all."""
    missing = [path for path in bundle.requires.binaries if not os.access(path, os.X_OK)]
    packages = sorted({PACKAGES.get(Path(path).name, Path(path).name) for path in missing})
    sudo = "" if os.geteuid() == 0 else "sudo "
    installer = {"apt": "apt-get", "dnf": "dnf"}[bundle.package_manager]
    hint = f"install it: {sudo}{installer} install {' '.join(packages)}"
    return [Problem("requires/binaries", f"{path} is missing", hint) for path in missing]


def _programs(bundle: Bundle) -> Iterator[Problem]:
    for path in bundle.requires.programs:
        if not os.access(path, os.X_OK):
            what = "is not executable" if os.path.exists(path) else "is missing"
            hint = f"put the program there, then: chmod 755 {path}"
            yield Problem("requires/programs", f"{path} {what}", hint)


def _systemd(bundle: Bundle) -> Iterator[Problem]:
    """Of another host the settings were believed so far."""
    if bundle.runtime is not Runtime.SYSTEMD:
        return
    hint = 'set `runtime` to "supervisor"'
    command = ["systemctl", "is-system-running"]
    try:
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        yield Problem("runtime", "this host has no systemd", hint)
        return
    if done.stdout.strip() == "offline":
        yield Problem("runtime", "systemd does not run this host", hint)


def _selinux(bundle: Bundle) -> Iterator[Problem]:
    """Its rules for NGINX know neither our folders nor our sockets."""
    if bundle.package_manager == "dnf" and _enforces() and not _nginx_is_free():
        hint = (
            "let it watch NGINX there without hindering it: "
            f"`dnf install policycoreutils-python-utils`, then `semanage permissive -a {NGINX_DOMAIN}`"
        )
        yield Problem("packages", "SELinux is enforcing, which keeps NGINX from the registry", hint)


def _enforces() -> bool:
    with suppress(OSError):
        return ENFORCING.read_text().strip() == "1"
    return False


def _nginx_is_free() -> bool:
    """Whether `semanage permissive -a` was said of NGINX: it is kept as a module of that name."""
    command = ["semodule", "--list"]
    with suppress(FileNotFoundError):
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        return f"permissive_{NGINX_DOMAIN}" in done.stdout.split()
    return False


def _rights(bundle: Bundle) -> Iterator[Problem]:
    if os.geteuid() == 0:
        return
    hint = "run as root, or as a user with a bundle of its own"
    if bundle.accounts:
        yield Problem("accounts", "only root can make accounts", hint)
    if bundle.packages:
        yield Problem("packages", "only root can install packages", hint)
    user = pwd.getpwuid(os.geteuid()).pw_name
    owners = [(f"directories{path}", folder.owner) for path, folder in bundle.directories.items()]
    owners += [(f"files{path}", file.owner) for path, file in bundle.files.items()]
    for place, owner in owners:
        if owner not in (None, user):
            yield Problem(place, f"only root can give it to {owner}", hint)


def _memory(bundle: Bundle) -> Iterator[Problem]:
    for path, folder in bundle.directories.items():
        kind = filesystem_type(path) if folder.memory else "tmpfs"
        if kind not in MEMORY_TYPES:
            hint = "use a folder on tmpfs, such as /dev/shm"
            yield Problem(f"directories{path}", f"must be on memory-backed storage, is on {kind}", hint)


def _writable(bundle: Bundle) -> Iterator[Problem]:
    folders = {path: f"requires/writable{path}" for path in bundle.requires.writable}
    for path in bundle.directories:
        folders.setdefault(path, f"directories{path}")
    for path in bundle.files:
        folder = os.path.dirname(path)
        if folder not in folders:
            folders[folder] = f"files{path}"
    seen: set[Path] = set()
    for path, place in folders.items():
        base = nearest(path)
        if base in seen:
            continue
        seen.add(base)
        if problem := _write_problem(base):
            hint = "choose another folder, or give this user the right to write there"
            yield Problem(place, problem, hint)


def _write_problem(base: Path) -> str:
    if not base.is_dir():
        return f"{base} is no directory"
    if not os.access(base, os.W_OK | os.X_OK):
        return f"{base} is not writable for {pwd.getpwuid(os.geteuid()).pw_name}"
    try:
        # Root passes every permission check; a read-only or virtual file system shows only in the try.
        with tempfile.TemporaryFile(dir=base):
            return ""
    except OSError as error:
        return f"{base} is not writable: {error.strerror}"


def _space(bundle: Bundle, packages: int) -> Iterator[Problem]:
    needs = {"/usr": packages} if packages else {}
    needs.update(dict.fromkeys(bundle.directories, FREE_BYTES))
    seen: dict[int, str] = {}
    for path, need in needs.items():
        base = nearest(path)
        if _write_problem(base):
            continue  # that is told already
        device = base.stat().st_dev
        free = shutil.disk_usage(base).free
        if free < need and device not in seen:
            seen[device] = path
            have, want = free // 2**20, need // 2**20
            yield Problem(
                f"directories{path}", f"{have} MiB free on its disk, {want} MiB needed", "free some space"
            )


def _ports(plan: Plan) -> Iterator[Problem]:
    busy = {address: ports.bind_error(address) for address in plan.bundle.requires.ports}
    if not any(busy.values()):
        return
    ours = own_processes(plan)
    published = {it for bundle in (plan.bundle, plan.old) if bundle for it in containers.published(bundle)}
    for address, error in busy.items():
        port = ports.split(address)[1]
        if ports.split(address) in published:
            continue
        place = f"requires/ports/{address}"
        if error == errno.EADDRINUSE:
            holders = ports.holders(port)
            if not any(ports.descends(pid, ours) for pid in holders):
                names = ", ".join(sorted(map(ports.describe, holders))) or "a process of another user"
                hint = "stop it, or set another port"
                yield Problem(place, f"port {port} is taken by {names}", hint)
        elif error in (errno.EACCES, errno.EPERM):
            yield Problem(place, f"port {port} needs root", "set a port from 1024 on, or run as root")
        elif error:
            hint = "listen on an address of this machine"
            yield Problem(place, f"cannot listen there: {os.strerror(error)}", hint)
