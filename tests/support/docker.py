"""A Docker daemon of the tests' own, with images made of this machine's programs: none can be pulled on a closed machine."""

import io
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "build" / "docker" / "cli-plugins" / "docker-compose"
IMAGES = {"registry": "registry:2.8.3", "nginx": "nginx:1.30.5"}
"""As the real ones are tagged. What was not pulled has no digest."""
SHELL = ("/bin/sh", "/bin/sleep", "/bin/rm", "/bin/chmod", "/bin/dd", "/bin/cat", "/bin/kill")
PROGRAMS = {
    "registry": {"/bin/registry": "/usr/bin/docker-registry", "/usr/bin/wget": "/usr/bin/wget"},
    "nginx": {
        "/usr/sbin/nginx": "/usr/sbin/nginx",
        "/usr/bin/curl": "/usr/bin/curl",
        "/usr/bin/setpriv": "/usr/bin/setpriv",
    },
}
PASSWD = "root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/false\nnginx:x:101:101::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
GROUP = "root:x:0:\nwww-data:x:33:\nnginx:x:101:\nnogroup:x:65534:\n"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> str:
    """Why there can be no daemon here; "" where there can."""
    if os.geteuid() != 0:
        return "only root can start a Docker daemon"
    own = ("nginx", "docker-registry", "curl", "setpriv", "wget")
    programs = ("dockerd", "docker", "containerd", "ldd", *own)
    absent = [name for name in programs if not shutil.which(name, path=f"{os.environ['PATH']}:{PATH}")]
    if absent:
        return f"not installed: {', '.join(absent)}"
    return "" if PLUGIN.exists() else "not built: docker compose (make test-compose builds it)"


needs_docker = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


@dataclass
class Daemon:
    """dockerd in a folder of its own."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    containerd: "subprocess.Popen[bytes] | None" = None
    options: tuple[str, ...] = (
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false",
        "--ip-forward=false",
    )

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def environment(self) -> dict[str, str]:
        """What the program `docker` needs to find it, and its plugin."""
        return {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(ROOT / "build" / "docker")}

    def start(self) -> None:
        """With a containerd of its own that goes on without it, as the distributions have it."""
        self.socket.unlink(missing_ok=True)
        below = self.folder / "containerd"
        if self.containerd is None:
            (self.folder / "containerd.toml").write_text('disabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
            places = {"root": f"{below}/root", "state": f"{below}/state", "address": f"{below}.sock"}
            command = ["containerd", f"--config={self.folder}/containerd.toml"]
            self.containerd = self._begin([*command, *(f"--{name}={path}" for name, path in places.items())])
        places = {name: str(self.folder / name) for name in ("data-root", "exec-root", "pidfile")}
        command = ["dockerd", f"--host=unix://{self.socket}", f"--containerd={below}.sock", *self.options]
        self.process = self._begin([*command, *(f"--{name}={path}" for name, path in places.items())])
        deadline = time.monotonic() + 120
        while self.run("version").returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "dockerd does not answer"
            time.sleep(0.1)

    def _begin(self, command: list[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(120)
            self.process = None

    def kill(self) -> None:
        """As when it crashes: containerd and the containers go on."""
        self.end(signal.SIGKILL)
        (self.folder / "pidfile").unlink(missing_ok=True)

    def run(self, *arguments: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            ["docker", *arguments], env=environment, capture_output=True, text=True, timeout=300, check=check
        )

    def said(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextmanager
    def ready(self) -> Iterator[Self]:
        """Started, with the images; gone afterwards."""
        self.start()
        try:
            self.load_images()
            yield self
        finally:
            self.remove()

    def load_images(self) -> None:
        for name, reference in IMAGES.items():
            self.load(reference, PROGRAMS[name])

    def load(self, reference: str, programs: Mapping[str, str]) -> None:
        with tempfile.NamedTemporaryFile(dir=self.folder) as file:
            file.write(image(programs))
            file.flush()
            self.said("import", file.name, reference)

    def remove(self) -> None:
        for container in self.said("container", "ls", "--all", "--quiet").split():
            # One that goes by itself may be about to.
            self.run("container", "rm", "--force", "--volumes", container)
        self.end()
        if self.containerd is not None:
            self.containerd.terminate()
            self.containerd.wait(60)
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            point = line.split()[4]
            if point.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", point], check=False)
        shutil.rmtree(self.folder)


def image(programs: Mapping[str, str]) -> bytes:
    """A tar of a root file system with the programs, the shell's, and every library that they load."""
    files = {path: path for path in SHELL} | dict(programs)
    files |= {path: path for path in libraries(files.values())}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, source in sorted(files.items()):
            content = Path(source).resolve().read_bytes()
            _add(archive, path, content, 0o755)
        _add(archive, "/etc/passwd", PASSWD.encode(), 0o644)
        _add(archive, "/etc/group", GROUP.encode(), 0o644)
    return packed.getvalue()


def libraries(programs: Iterable[str]) -> set[str]:
    found = set()
    for program in set(programs):
        done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        found |= set(re.findall(r"(/\S+) \(0x", done.stdout))
    return found


def _add(archive: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def foreign(path: str, folder: Path) -> str:
    """The program as if for another kind of machine: EM_AARCH64 of elf(5)."""
    content = bytearray(Path(path).resolve().read_bytes())
    content[18:20] = b"\xb7\x00"
    made = folder / "foreign"
    made.write_bytes(content)
    return str(made)
