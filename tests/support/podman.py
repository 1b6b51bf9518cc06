"""A podman service of the tests' own, which answers the program `docker` as a Docker daemon does."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.docker import IMAGES, Daemon
from tests.support.docker import missing as no_docker
from tests.support.ordinary import User, give

CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "runc"
tmp_dir = "{folder}/tmp"
volume_path = "{folder}/volumes"
"""
"""Of the limits, what is not named would be raised to the kernel's most, which not every root may do."""
STORAGE_CONF = """\
[storage]
driver = "overlay"
graphroot = "{folder}/root"
rootless_storage_path = "{folder}/root"
runroot = "{folder}/run"
"""


def missing() -> str:
    """Why podman cannot be tried here; "" where it can."""
    absent = [name for name in ("podman", "conmon", "runc", "catatonit") if not shutil.which(name)]
    return no_docker() or (f"not installed: {', '.join(absent)}" if absent else "")


needs_podman = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


@dataclass
class Podman(Daemon):
    """`podman system service` in a folder of its own, apart from whatever podman has on this machine.

    user: who runs it; None for root.
    """

    user: User | None = None

    @property
    def configuration(self) -> dict[str, str]:
        """What the program `podman` needs to see the same containers."""
        names = {"CONTAINERS_CONF": "containers.conf", "CONTAINERS_STORAGE_CONF": "storage.conf"}
        return {name: str(self.folder / file) for name, file in names.items()}

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        for name, text in (("containers.conf", CONTAINERS_CONF), ("storage.conf", STORAGE_CONF)):
            (self.folder / name).write_text(text.format(folder=self.folder))
        if self.user:
            give(self.folder, self.user)
        self.process = self._begin(
            self._line("podman", "system", "service", "--time=0", f"unix://{self.socket}")
        )
        deadline = time.monotonic() + 120
        while self.run("version").returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "podman does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """The containers go on: each has a process of its own that looks after it."""
        self.end(signal.SIGKILL)

    def podman(self, *arguments: str) -> str:
        line = self._line("podman", *arguments)
        done = subprocess.run(line, capture_output=True, text=True, cwd="/", timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pinned(self) -> dict[str, str]:
        """The images by tag and digest, as settings name the real ones; here what was imported has one."""

        def digest(reference: str) -> str:
            return self.podman("image", "inspect", "--format", "{{.Digest}}", reference).strip()

        return {name: f"{reference}@{digest(reference)}" for name, reference in IMAGES.items()}

    def _line(self, *command: str) -> list[str]:
        if self.user:
            return self.user.command(*command, environment=self.configuration)
        return ["env", *(f"{name}={value}" for name, value in self.configuration.items()), *command]

    def boot(self) -> None:
        """As after a power cut, with what podman-restart.service does then."""
        containers = self.said("container", "ls", "--all", "--quiet", "--no-trunc").split()
        self.end(signal.SIGKILL)
        self.end_all()
        for container in containers:
            subprocess.run(["runc", "delete", "--force", container], check=True)
        shutil.rmtree(self.folder / "tmp")
        shutil.rmtree(self.folder / "run")
        self.podman("start", "--all", "--filter", "restart-policy=always")
        self.start()

    def processes(self) -> list[int]:
        """That look after its containers, and that are in them."""
        listed = subprocess.run(
            ["pgrep", "-f", f"^[^ ]*(conmon|podman) .*{self.folder}/"],
            capture_output=True,
            text=True,
            check=False,
        )
        keepers = [int(line) for line in listed.stdout.split()]
        found = set(keepers)
        for pid in keepers:
            with suppress(OSError):
                found |= set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
        return sorted(found)

    def end_all(self) -> None:
        """What looks after an execution in a container stays for minutes."""
        while found := self.processes():
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.unmount()

    def unmount(self) -> None:
        """The last that was mounted first."""
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        for point in reversed([line.split()[4] for line in lines]):
            if point.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)

    def remove(self) -> None:
        for container in self.said("container", "ls", "--all", "--quiet").split():
            # One that goes by itself may be about to.
            self.run("container", "rm", "--force", "--volumes", container)
        self.end()
        self.end_all()
        shutil.rmtree(self.folder)
