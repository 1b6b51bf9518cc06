"""A Docker daemon that a user runs without root, as upstream's dockerd-rootless.sh starts it."""

import shutil
import time
from dataclasses import dataclass, field

from tests.support.docker import Daemon
from tests.support.docker import missing as no_docker
from tests.support.ordinary import User, give

NETWORK = ("--net=slirp4netns", "--mtu=65520", "--disable-host-loopback", "--port-driver=builtin")
TUN = 'mknod -m 666 "$1" c 10 200 && mount --bind "$1" /dev/net/tun && shift && exec "$@"'
"""With the device as other machines have it: for everybody."""

OWN_RUN = 'rm -f /run/docker /run/containerd /run/xtables.lock && exec dockerd "$@"'
"""As upstream's script does: in its own /run these lead to the machine's."""


def missing() -> str:
    """Why there can be none here; "" where there can."""
    absent = [name for name in ("rootlesskit", "slirp4netns") if not shutil.which(name)]
    return no_docker() or (f"not installed: {', '.join(absent)}" if absent else "")


@dataclass
class Rootless(Daemon):
    """dockerd in namespaces of its own, of which slirp4netns makes the network."""

    user: User = field(kw_only=True)

    def start(self) -> None:
        give(self.folder, self.user)
        kit = ("rootlesskit", f"--state-dir={self.folder}/kit", *NETWORK, "--copy-up=/etc", "--copy-up=/run")
        places = [f"--{name}={self.folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        docker = (
            "sh",
            "-c",
            OWN_RUN,
            "dockerd",
            "--rootless",
            f"--host=unix://{self.socket}",
            *self.options,
            *places,
        )
        inside = ("unshare", "--mount", "sh", "-c", TUN, "tun", str(self.folder / "tun"))
        self.process = self._begin([*inside, *self.user.command(*kit, *docker)])
        deadline = time.monotonic() + 120
        while self.run("version").returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.1)
