"""A throw-away host whose process 1 is systemd: `far_host`, booted by systemd-nspawn.

    with booted_host() as host:      # all that a `FarHost` is and does
        host.restart()               # as `systemctl reboot` does it; `host.reboot()` is a power failure

It has the units of this machine's packages, of which only sshd and the journal are enabled, and control groups of its own below those of
whoever runs the tests; systemd sets limits there as on any host. `missing()` names what this machine lacks for it.

DOCKYARD_TEST_ROOT names a folder with another distribution, such as debootstrap makes: then it is that one. It must have systemd, sshd,
sudo, Python 3.11 or newer, and all packages that it is to install, for lack of a network: in apt's cache or installed.
"""

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tests.support import far_host as far
from tests.support.far_host import PROBE, FarHost, far_host
from tests.support.instance import wait_until

ROOT = os.environ.get("DOCKYARD_TEST_ROOT", "/")
SYSTEMD = "/lib/systemd/systemd"
LIMITED = "memory cpu cpuacct pids"
"""Controllers of version 1; with version 2 all are there."""
NSPAWN = "systemd-nspawn --quiet --register=no --keep-unit --resolv-conf=off --timezone=off --link-journal=no --pipe"
"""Nothing of it is told to this machine's own systemd, which may be none."""
BOOT = """
set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
{enter}
cd {base}
mount -t overlay overlay -o lowerdir={root},upperdir={base}/up,workdir={base}/work root
if [ ! -e root/etc/throwaway ]; then {nspawn} --directory=root sh -es <{base}.setup; fi
exec {nspawn} --directory=root --hostname=throwaway --capability=CAP_NET_ADMIN sh -ec '{init}'
"""
INIT = """
for each in {limited}; do
  if [ -d /sys/fs/cgroup/$each ]; then mount -o remount,bind,rw /sys/fs/cgroup/$each; fi
done
exec {systemd} --show-status=no
"""
SETUP = """
find /etc/systemd/system -name "dockyard*" -delete
rm -rf /etc/systemd/system/*.wants /var/log/journal
echo throwaway > /etc/hostname
mkdir /var/log/journal
tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
systemctl enable ssh.service
"""
READY = ("running", "degraded")


def _groups(name: str) -> list[Path]:
    """Below those of this process, one for each hierarchy."""
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        base = Path("/sys/fs/cgroup", controllers.removeprefix("name=") or "unified")
        if not controllers and not base.is_dir():
            base = base.parent
        # A group of that one must be given processors first.
        if "cpuset" not in controllers.split(","):
            found.append(base / path.lstrip("/") / name)
    return found


def _gone(group: Path) -> bool:
    """Removes it. The kernel takes a moment to end what was in it."""
    try:
        for folder in sorted((each for each in group.rglob("*") if each.is_dir()), reverse=True):
            folder.rmdir()
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _own_groups() -> Iterator[tuple[Path, ...]]:
    groups = _groups(f"dockyard-{uuid.uuid4().hex[:8]}")
    try:
        for group in groups:
            group.mkdir()
        yield tuple(groups)
    finally:
        for group in groups:
            wait_until(lambda group=group: _gone(group), f"{group} to be empty")


def _enter(groups: tuple[Path, ...]) -> str:
    """What a shell does to be in them, with all that it starts."""
    return "\n".join(f"echo 0 > {group}/cgroup.procs" for group in groups)


@cache
def missing() -> str:
    """What keeps this machine from having such a host; "" where nothing does."""
    if reason := far.missing():
        return reason
    with _own_groups() as groups:
        script = f"{PROBE}\nmount -t tmpfs tmpfs /run\n{_enter(groups)}\n{NSPAWN} --directory=/mnt/root true"
        probe = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "sh", "-c", script]
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return f"no machine that systemd boots: {done.stderr.strip()}" if done.returncode else ""


@dataclass
class BootedHost(FarHost):
    """One host; made by `booted_host`."""

    groups: tuple[Path, ...] = ()

    @property
    def pid(self) -> int:
        """Its process 1: below systemd-nspawn, which is below what `boot` has started."""
        nspawn = super().pid
        return int(Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()[0])

    def script(self) -> str:
        base = self.folder / "disk"
        base.with_name("disk.setup").write_text(f"{self.setup()}\n{SETUP}")
        init = INIT.format(limited=LIMITED, systemd=SYSTEMD)
        return BOOT.format(base=base, root=ROOT, nspawn=NSPAWN, init=init, enter=_enter(self.groups))

    def boot(self) -> None:
        super().boot()
        wait_until(lambda: self.state() in READY, f"systemd there, which is {self.state()}", seconds=240)

    def state(self) -> str:
        return self.run("systemctl", "is-system-running", ok=False).strip()

    def restart(self) -> None:
        """Everything is stopped in order, and started again."""
        assert self._boot
        self.run("systemctl", "reboot", ok=False)
        self._boot.wait(timeout=240)
        self.boot()


@contextlib.contextmanager
def booted_host(disk: str = "4g") -> Iterator[BootedHost]:
    """A host that has booted. disk: the room of its file system."""
    with _own_groups() as groups, far_host(disk, partial(BootedHost, groups=groups)) as host:
        assert isinstance(host, BootedHost)
        yield host
