"""A Docker daemon on a throw-away host, where its packages would have put it: clients there need to be told nothing."""

import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.docker import PLUGIN, Daemon, image
from tests.support.far_host import SERVICE, FarHost, far_host
from tests.support.instance import wait_until

PLUGINS = "/usr/local/lib/docker/cli-plugins"
UNTOLD = ("env", "--unset=DOCKER_HOST", "--unset=DOCKER_CONFIG", "--unset=DOCKER_CONTEXT")
"""In the host's own environment, not in that of the tests."""
PIDS = {"dockerd": "/run/docker.pid", "containerd": "/run/containerd.pid"}
LOG = "/var/log/docker.log"
BEGIN = """#!/bin/sh
# As systemd starts them: containerd goes on without dockerd.
begin() {{ setsid "$@" >>{log} 2>&1 </dev/null & }}
cd /
if ! kill -0 "$(cat {pids[containerd]} 2>/dev/null)" 2>/dev/null; then
  printf 'disabled_plugins = ["io.containerd.grpc.v1.cri"]\\n' >/run/containerd.toml
  begin containerd --config=/run/containerd.toml --root=/var/lib/docker/containerd --state=/run/containerd \\
    --address=/run/containerd.sock
  echo $! >{pids[containerd]}
fi
rm -f {pids[dockerd]}
begin dockerd --containerd=/run/containerd.sock --group=docker {options}
"""


@dataclass
class FarDaemon(Daemon):
    """As a `Daemon` of this machine, there; the host starts it when it boots."""

    there: FarHost = field(kw_only=True)

    @property
    def group(self) -> str:
        """The control group of its containers."""
        return self.folder.name

    @property
    def environment(self) -> dict[str, str]:
        return {}

    def install(self) -> None:
        """With the plugin `docker compose`, and the group whose users may talk to the daemon."""
        self.write(f"{PLUGINS}/docker-compose", PLUGIN.read_bytes())
        self.there.run("groupadd", "--force", "docker")
        script = BEGIN.format(
            log=LOG, pids=PIDS, options=shlex.join((*self.options, f"--cgroup-parent=/{self.group}"))
        )
        self.write(SERVICE, script.encode())

    def write(self, path: str, content: bytes) -> None:
        """A program."""
        there = self.there.path(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content)
        there.chmod(0o755)

    def start(self) -> None:
        self.there.run(SERVICE)
        self.wait()

    def wait(self) -> None:
        def answers() -> bool:
            return self.run("version").returncode == 0

        try:
            wait_until(answers, "dockerd", 120)
        except TimeoutError:
            raise AssertionError(self.there.path(LOG).read_text()[-2000:]) from None

    def end(self, number: int = signal.SIGTERM) -> None:
        pid = self.there.path(PIDS["dockerd"]).read_text().strip()
        self.there.run("kill", f"-{int(number)}", pid)
        wait_until(lambda: int(pid) not in self.there.processes("dockerd"), "the end of dockerd", 120)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def run(self, *arguments: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
        command = self.there.command(*UNTOLD, "docker", *arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=check)

    def load(self, reference: str, programs: Mapping[str, str]) -> None:
        command = self.there.command(*UNTOLD, "docker", "import", "-", reference)
        subprocess.run(command, input=image(programs), capture_output=True, timeout=300, check=True)

    def remove(self) -> None:
        """What a host that has ended has left here."""
        # What other hosts and daemons have there comes and goes meanwhile.
        wanted = ["-depth", "-type", "d", "-path", f"*/{self.group}*"]
        done = subprocess.run(
            ["find", "/sys/fs/cgroup", *wanted], capture_output=True, text=True, check=False
        )
        for path in done.stdout.splitlines():
            Path(path).rmdir()


@contextmanager
def far_docker() -> Iterator[FarDaemon]:
    """A host with a daemon that answers and has the images."""
    daemon: FarDaemon | None = None
    try:
        with far_host() as host:
            daemon = FarDaemon(host.folder, there=host)
            daemon.install()
            daemon.start()
            daemon.load_images()
            yield daemon
    finally:
        if daemon:
            daemon.remove()
