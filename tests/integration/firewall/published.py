"""A host with a Docker daemon that has its bridge and its rules, and a registry whose port it publishes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.firewall.conftest import PORT, Net, namespaces
from tests.support.docker import PATH, PROGRAMS, Daemon
from tests.support.instance import wait_until

SEARCHED = f"{os.environ['PATH']}:{PATH}"
BRIDGE6 = "fd00:9:d::/64"
NEEDED = ("dockerd", "docker", "containerd", "docker-registry", "curl", "nsenter")
TOOLS = ("iptables", "ip6tables")
REGISTRY = "registry:2.8.3"
CONFIGURATION = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /tmp/images}}\nhttp: {addr: ":5000"}\n'
BRIDGE = ("link", "add", "try", "type", "bridge")
RULE = ("PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "RETURN")


@dataclass
class Inside(Daemon):
    """A daemon in a network namespace. It shares the mounts of this host with its containerd, hence not by `ip netns exec`."""

    namespace: str = ""
    tools: Path = Path("/nonexistent")
    """Where it finds iptables before the machine's."""

    def _begin(self, command: list[str]) -> "subprocess.Popen[bytes]":
        found = ("env", f"PATH={self.tools}:{SEARCHED}")
        return super()._begin(["nsenter", f"--net=/run/netns/{self.namespace}", *found, *command])


@dataclass
class Published:
    """The namespaces, the daemon, and what is known of both."""

    net: Net
    daemon: Inside
    tools: Path

    def rules(self) -> list[str]:
        """Docker's, of both families, without what they have counted."""
        saved = [
            subprocess.run(
                self.net.inside(str(self.tools / f"{tool}-save")), capture_output=True, text=True, check=True
            ).stdout
            for tool in TOOLS
        ]
        lines = "\n".join(saved).splitlines()
        return [line.partition(" [")[0] for line in lines if line and not line.startswith("#")]

    def flush(self) -> None:
        """Takes Docker's ways to containers away, also where they are no part of nftables."""
        for tool in TOOLS:
            for table in ("nat", "filter"):
                command = self.net.inside(str(self.tools / tool), "-t", table, "--flush")
                subprocess.run(command, capture_output=True, check=True)

    def publish(self) -> None:
        configuration = self.net.folder / "registry.yml"
        configuration.write_text(CONFIGURATION)
        self.daemon.said(
            *("container", "run", "--detach", "--restart=always", "--name=published"),
            *(f"--publish={PORT}:5000", f"--volume={configuration}:/registry.yml:ro"),
            *(REGISTRY, "registry", "serve", "/registry.yml"),
        )


@contextmanager
def published(folder: Path, proxy: bool, backend: str) -> Iterator[Published]:
    """backend: of iptables: "nft", or "legacy", whose rules are no part of nftables."""
    variants = {f"{tool}{end}": f"{tool}-{backend}{end}" for tool in TOOLS for end in ("", "-save")}
    missing = [name for name in (*NEEDED, *variants.values()) if not shutil.which(name, path=SEARCHED)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    options = ("--ipv6", f"--fixed-cidr-v6={BRIDGE6}", "--experimental", "--ip6tables=true")
    with namespaces(folder) as net:
        tools = folder / "tools"
        tools.mkdir()
        for name, variant in variants.items():
            (tools / name).symlink_to(str(shutil.which(variant, path=SEARCHED)))
        _try_kernel(net, tools)
        (folder / "docker").mkdir()
        proxied = f"--userland-proxy={str(proxy).lower()}"
        daemon = Inside(folder / "docker", options=(*options, proxied), namespace=net.server, tools=tools)
        try:
            daemon.start()
            daemon.load(REGISTRY, {**PROGRAMS["registry"], "/usr/bin/curl": "/usr/bin/curl"})
            made = Published(net, daemon, tools)
            made.publish()
            wait_until(lambda: len(net.passing()) == 4, "the published port")
            yield made
        finally:
            daemon.remove()


def _try_kernel(net: Net, tools: Path) -> None:
    """What Docker asks of it. Skips with what is missing."""
    nat = [(str(tools / tool), "-t", "nat") for tool in TOOLS]
    tries = [("ip", *BRIDGE), *((*table, "-A", *RULE) for table in nat)]
    for command in tries:
        done = subprocess.run(net.inside(*command), capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"this kernel cannot do what Docker needs: {' '.join(done.stderr.split())}")
    for command in (("ip", "link", "delete", "try"), *((*table, "-D", *RULE) for table in nat)):
        subprocess.run(net.inside(*command), check=True)
