"""A throw-away host, reached by SSH: what the tests of another host work on.

    with far_host() as host:                      # or the fixture of tests/integration/ssh/conftest.py
        host.run("mkdir", "-p", "/srv/images")    # as root there
        target = host.target("deploy", sudo=True) # the argument `target` that leads there
        host.reboot()                             # all processes gone, /run and /tmp empty, the disk as it was

It is this machine's file system below an overlay, in namespaces of its own for mounts, processes, network, name and IPC. It has its own
/etc, /var, /run, /home, accounts and ports, and the programs of this machine (NGINX, the registry, restic, supervisor, sshd, sudo);
nothing that is done there is seen here. Its address is on a veth pair, so a client here reaches it as another machine. Process 1 is no
systemd (`booted_host` has one): the runtime is supervisor. When `far_host` is left, or the test is killed, all of it is gone.

Who may sign in, by the key `host.key`: `root`; `deploy` (sudo without a password), `asked` (sudo with `PASSWORD`), `plain` (no sudo). Needs
root, sshd and sudo: `missing()` names what is not there, for a skip.

disk: what its file system has room for, such as "300m": a host whose disk is soon full.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.cables import network
from tests.support.instance import wait_until
from tests.support.processes import descendants, statuses

PASSWORD = "sudo asks: for 'this'"
TOOLS = ("sshd", "sudo", "ssh-keygen", "unshare", "nsenter", "ip", "pivot_root", "setpriv", "supervisord")
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Ends with the process that started it, whatever ends that."""
PORT = 22
SERVICE = "/etc/throwaway-service"
"""A program that the host starts when it boots, where it is there."""
HOLDER = """
mount --make-rprivate / && mount -t tmpfs -o size={disk},mode=755 tmpfs {base} && cd {base}
mkdir -p up work root up/etc up/var/lib up/var/log up/var/cache
# Hides what this machine has of dockyard, which other tests change meanwhile.
for folder in etc var/lib var/log var/cache; do mknod up/$folder/dockyard c 0 0; done
touch {held} && exec sleep infinity
"""
PROBE = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/up /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work /mnt/root
"""
BOOT = """
set -e
cd {base}
mount -t overlay overlay -o lowerdir=/,upperdir={base}/up,workdir={base}/work root
mount -t proc proc root/proc
mount --bind /dev root/dev
mount --rbind /sys root/sys
mkdir -p docker root/var/lib/docker
mount --bind docker root/var/lib/docker
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp
mkdir -p root/tmp/old root/run/sshd root/run/lock
hostname throwaway
pivot_root root root/tmp/old
cd /
umount -l /tmp/old
if [ ! -e /etc/throwaway ]; then
  {setup}
fi
exec /usr/bin/python3 -c '{init}'
"""
SETUP = """
  rm -rf /etc/sudoers.d/* ~root/.ssh
  for name in passwd shadow group gshadow; do sed -i -e "/^dockyard/d" -e "s/,\\?dockyard[a-z-]*//g" /etc/$name; done
  for name in deploy asked plain; do useradd --create-home --shell /bin/sh $name; done
  printf "%s:%s\\n" asked {password} | chpasswd
  printf "%s\\n" "deploy ALL=(root) NOPASSWD: ALL" "asked ALL=(root) ALL" "Defaults:asked use_pty" > /etc/sudoers.d/throwaway
  chmod 440 /etc/sudoers.d/throwaway
  for home in ~root /home/deploy /home/asked /home/plain; do
    mkdir -m 700 $home/.ssh
    printf "%s\\n" {public} > $home/.ssh/authorized_keys
    chown -R $(stat -c %u:%g $home) $home/.ssh
  done
  printf "127.0.0.1 localhost throwaway\n::1 localhost\n" > /etc/hosts
  : > /etc/resolv.conf
  rm -f /etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
  ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/ssh_host_ecdsa_key
  printf "%s\\n" "Port 22" "PermitRootLogin prohibit-password" "PasswordAuthentication no" "UsePAM yes" "MaxStartups 100" \\
    "AllowTcpForwarding yes" "Subsystem sftp internal-sftp" > /etc/ssh/sshd_config
  rm -f /etc/ssh/sshd_config.d/*
  touch /etc/throwaway
"""
INIT = f"""
import os, subprocess
subprocess.Popen(["/usr/sbin/sshd", "-D", "-E", "/var/log/sshd.log"])
if os.path.exists("{SERVICE}"):
    subprocess.Popen(["{SERVICE}"])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


@cache
def missing() -> str:
    """What keeps this machine from having such a host; "" where nothing does."""
    if os.geteuid() != 0:
        return "needs root, for namespaces and mounts"
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if absent := [f"not installed: {tool}" for tool in TOOLS if not shutil.which(tool, path=path)]:
        return ", ".join(absent)
    probe = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "sh", "-c", PROBE]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return f"this root may not make namespaces and overlays: {done.stderr.strip()}" if done.returncode else ""


@dataclass
class FarHost:
    """One host; made by `far_host`."""

    folder: Path
    address: str
    holder: "subprocess.Popen[bytes]"
    key: Path = field(init=False)
    _boot: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.key = self.folder / "key"

    @property
    def pid(self) -> int:
        """Its process 1, by its number here."""
        assert self._boot
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text().split()
        return int(children[0])

    @property
    def host_key(self) -> str:
        """Its public key, to be pinned."""
        return self.run("cat", "/etc/ssh/ssh_host_ed25519_key.pub").strip()

    def target(self, user: str = "root", **more: Any) -> dict[str, Any]:
        """The argument `target`."""
        login = {
            "host": self.address,
            "port": PORT,
            "user": user,
            "key": str(self.key),
            "host_key": self.host_key,
        }
        return {"ssh": {**login, **more}}

    def path(self, path: str) -> Path:
        """A path there, as this machine's root reaches it."""
        return Path(f"/proc/{self.pid}/root{path}")

    def command(self, *command: str, user: str = "root") -> list[str]:
        """A command line here that runs a command there."""
        inside = ["nsenter", f"--target={self.pid}", "--all", "--root", "--wd=/"]
        return [*inside, *(["runuser", "-u", user, "--"] if user != "root" else []), *command]

    def run(self, *command: str, user: str = "root", ok: bool = True) -> str:
        """What a command there prints."""
        done = subprocess.run(
            self.command(*command, user=user), capture_output=True, text=True, timeout=240, check=False
        )
        assert not ok or done.returncode == 0, done.stderr
        return done.stdout

    def processes(self, part: str = "") -> dict[int, str]:
        """Process id there to command line, of those that hold the text."""
        lines = self.run("ps", "-ewwo", "pid=,args=").splitlines()
        found = {int(pid): text for pid, text in (line.split(None, 1) for line in lines)}
        return {pid: text for pid, text in found.items() if part in text and "ps -ewwo" not in text}

    def setup(self) -> str:
        """What is done to its disk before the first boot."""
        public = shlex.quote((self.folder / "key.pub").read_text().strip())
        return SETUP.format(password=shlex.quote(PASSWORD), public=public)

    def script(self) -> str:
        """What boots it."""
        return BOOT.format(base=self.folder / "disk", setup=self.setup(), init=INIT)

    def boot(self) -> None:
        script = self.script()
        holder = ["nsenter", f"--target={self.holder.pid}", "--mount", "--net"]
        namespaces = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
        with (self.folder / "boot.log").open("w") as log:
            self._boot = subprocess.Popen(
                [*WITH_US, *holder, *namespaces, "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._listens, f"sshd: {(self.folder / 'boot.log').read_text()}", seconds=240)

    def _listens(self) -> bool:
        assert self._boot
        assert self._boot.poll() is None, (self.folder / "boot.log").read_text()
        from socket import create_connection

        with contextlib.suppress(OSError), create_connection((self.address, PORT), 10) as stream:
            return stream.recv(4) == b"SSH-"
        return False

    def halt(self) -> None:
        """As a power failure does."""
        if self._boot:
            all_of_it = list(descendants(self._boot.pid))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._boot.pid, signal.SIGKILL)
            self._boot.wait()
            # The kernel ends what was in its namespace. Until then it has the port, and the disk.
            wait_until(
                lambda: all(it["State"].startswith("Z") for it in statuses(all_of_it)), "the host's end"
            )
            self._boot = None

    def reboot(self) -> None:
        self.halt()
        self.boot()

    def cut(self) -> int:
        """Ends the server's side of every SSH connection; gives how many there were."""
        found = [pid for pid, text in self.processes("sshd").items() if "-D" not in text.split()]
        for pid in found:
            self.run("kill", "-9", str(pid), ok=False)
        return len(found)


@contextlib.contextmanager
def far_host(disk: str = "4g", kind: Callable[..., FarHost] = FarHost) -> Iterator[FarHost]:
    """A host that answers. disk: the room of its file system."""
    folder = Path(tempfile.mkdtemp(prefix="dockyard-far-"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    (folder / "disk").mkdir()
    script = HOLDER.format(disk=disk, base=folder / "disk", held=folder / "held")
    command = [*WITH_US, "unshare", "--mount", "--net", "sh", "-ec", script]
    holder = subprocess.Popen(command, start_new_session=True)
    host: FarHost | None = None
    try:
        wait_until((folder / "held").exists, "the host's disk")
        host = kind(folder, network(holder.pid), holder)
        host.boot()
        yield host
    finally:
        if host:
            host.halt()
        holder.kill()
        holder.wait()
        shutil.rmtree(folder, ignore_errors=True)
