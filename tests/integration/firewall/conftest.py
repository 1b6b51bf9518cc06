"""Two hosts in network namespaces of their own: one with a registry's port and its firewall, one with clients."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dockyard.cli.operations import ALONE
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

from tests.support.instance import wait_until

PORT = 5443
SERVER4, SERVER6 = "10.9.1.1", "fd00:9::1"
ALLOWED = ("10.9.1.2", "fd00:9::2")
OTHERS = ("10.9.1.3", "fd00:9::3")
EVERYBODY = (*ALLOWED, *OTHERS)
FACTS = HostFacts(root=True, systemd=True, memory_dir="/run", state_dir="/state", python=sys.executable)
CONNECT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1, (sys.argv[3], 0)) as client:
    client.settimeout(60)
    client.sendall(b"GET /v2/ HTTP/1.0\\r\\n\\r\\n")
    assert client.recv(1)
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@dataclass
class Net:
    """The two namespaces, and what runs in the first."""

    folder: Path
    server: str
    clients: str
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def inside(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.server, *command]

    def start(self, *command: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(self.inside(*command), stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        return process

    def reaches(self, source: str, port: int = PORT, target: str = "") -> bool:
        """Whether somebody answers. A port that Docker published without its proxy is taken by a listener that never does."""
        target = target or (SERVER6 if ":" in source else SERVER4)
        command = ["ip", "netns", "exec", self.clients, sys.executable, "-c", CONNECT]
        done = subprocess.run([*command, target, str(port), source], capture_output=True, check=False)
        return done.returncode == 0

    def passing(self) -> set[str]:
        """Clients that reach the port."""
        with ThreadPoolExecutor() as pool:
            reached = pool.map(self.reaches, EVERYBODY)
        return {source for source, there in zip(EVERYBODY, reached, strict=True) if there}

    def configure(self, allow_from: Sequence[str], confirm_seconds: int = 0) -> None:
        """What `dockyard up` lays out for it."""
        settings = {
            "domain": "registry.example.com",
            "port": PORT,
            "users": {"ci": {}},
            "firewall": {"allow_from": list(allow_from), "confirm_seconds": confirm_seconds},
        }
        files = render(Plan(read_settings(settings, "test"), FACTS, "net")).files
        ops = "/etc/dockyard/net/ops"
        own = {"state": str(self.folder), "firewall_file": str(self.folder / "firewall.nft")}
        configuration = {**json.loads(files[f"{ops}/config.json"].content), **own}
        laid = {
            "ops.pyz": files[f"{ops}/ops.pyz"].data,
            "firewall.nft": files[f"{ops}/firewall.nft"].data,
            "config.json": json.dumps(configuration).encode(),
        }
        for name, content in laid.items():
            # In one step: a service that runs may be about to read it.
            temporary = self.folder / f"{name}.new"
            temporary.write_bytes(content)
            temporary.replace(self.folder / name)

    def link_address(self) -> str:
        """Of the first, as the second writes it."""
        mark = self.server.split("-")[1]
        show = ("ip", "-oneline", "address", "show", "dev", f"s{mark}", "scope", "link")
        done = subprocess.run(self.inside(*show), capture_output=True, text=True, check=True)
        return f"{done.stdout.split()[3].partition('/')[0]}%c{mark}"

    def table(self) -> str:
        """The name of the firewall's own."""
        return str(json.loads((self.folder / "config.json").read_text())["firewall_table"])

    def command(self, name: str) -> list[str]:
        program = [sys.executable, *ALONE, str(self.folder / "ops.pyz"), name]
        return [*program, "--config", str(self.folder / "config.json")]

    def firewall(self) -> "subprocess.Popen[str]":
        """The service, once its rules hold."""
        process = self.start(*self.command("firewall"))
        assert process.stdout
        assert process.stdout.readline().endswith("hold\n")
        return process

    def ops(self, name: str) -> dict[str, Any]:
        done = subprocess.run(
            self.inside(*self.command(name)), capture_output=True, text=True, check=True, timeout=60
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["result"]
        return found

    def ruleset(self) -> str:
        """All tables of the first namespace."""
        done = subprocess.run(
            self.inside("nft", "list", "ruleset"), capture_output=True, text=True, check=True
        )
        return done.stdout


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    with namespaces(tmp_path) as made:
        listener = made.start(
            sys.executable, "-m", "http.server", str(PORT), "--bind", "::", "-d", str(tmp_path)
        )
        wait_until(lambda: len(made.passing()) == 4 or listener.poll() is not None, "the listener")
        yield made


@contextmanager
def namespaces(folder: Path) -> Iterator[Net]:
    """Two hosts that reach each other; skips where there can be none."""
    missing = [tool for tool in ("ip", "nft") if not shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    mark = uuid.uuid4().hex[:6]
    made = Net(folder, f"dy-{mark}-s", f"dy-{mark}-c")
    try:
        try:
            ip("netns", "add", made.server)
            ip("netns", "add", made.clients)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
        _wired(made, mark)
        yield made
    finally:
        for process in made.started:
            process.kill()
            process.communicate()
        for name in (made.server, made.clients):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _wired(net: Net, mark: str) -> None:
    ends = (f"s{mark}", f"c{mark}")
    ip(
        "link",
        "add",
        ends[0],
        "netns",
        net.server,
        "type",
        "veth",
        "peer",
        "name",
        ends[1],
        "netns",
        net.clients,
    )
    addresses = {net.server: (SERVER4, SERVER6), net.clients: (*ALLOWED, *OTHERS)}
    for end, (name, own) in zip(ends, addresses.items(), strict=True):
        for address in own:
            length, more = ("64", ("nodad",)) if ":" in address else ("24", ())
            ip("-n", name, "address", "add", f"{address}/{length}", "dev", end, *more)
        for link in ("lo", end):
            ip("-n", name, "link", "set", link, "up")
