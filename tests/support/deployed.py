"""A registry that a Host resource applies, driven as an engine does: what is the same for every runtime and every host."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
from dockyard.engine.values import Secret
from dockyard.provider.resource import Call, Difference, Properties
from dockyard.remote.connection import LOCAL
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.facts import HostFacts, local_facts
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

from tests.support.driven import Driven
from tests.support.images import Image, push_image
from tests.support.instance import PASSWORDS, Instance, htpasswd_lines, new_material
from tests.support.operations import Outcome, Registry, outcome

ROLES = {
    "registry": "registry serve",
    "front": "nginx: master",
    "supervisord": "supervisord -c",
    "keeper": "keeper.py",
    "ops keep": "ops.pyz keep",
    "ops watch": "ops.pyz watch",
}
"""What runs all the time, and what its command line says; a runtime has some of them."""
STARTING = ("launch.py", "confine.py")
PATH = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Main(NamedTuple):
    """A process that stays: by its number on its host, and the tick of the clock at which it began."""

    role: str
    pid: int
    began: str


@dataclass
class Deployed(Driven):
    """One Host resource on this machine, what it said, and clients of what it has set up."""

    name: str
    folder: Path
    settings: dict[str, Any]
    material: Material | None = None

    @property
    def facts(self) -> HostFacts:
        return replace(local_facts(self.folder), root=True, systemd=False)

    @property
    def connection(self) -> Mapping[str, Any]:
        return LOCAL

    @property
    def plan(self) -> Plan:
        return Plan(read_settings(self.settings, self.name), self.facts, self.name)

    @property
    def call(self) -> Call:
        return Call(self.name, f"urn:test::{self.name}", lambda text, _: self.lines.append(text))

    @property
    def instance(self) -> Instance:
        """The clients' side of it."""
        assert self.material is not None
        return Instance(self.folder, self.plan, self.material, self.folder / "ca.crt")

    @property
    def registry(self) -> Registry:
        return Registry(self.instance)

    def inputs(self, deletion: str = "retain", **changes: Any) -> Properties:
        self.settings |= changes
        if self.material is None:
            self.material, authority = new_material(self.settings)
            (self.folder / "ca.crt").write_text(authority)
        lines = htpasswd_lines(self.settings["users"], PASSWORDS)
        known = {user: self.material.htpasswd.get(user, line) for user, line in lines.items()}
        self.material = replace(self.material, htpasswd=known)
        plan = self.plan
        contents = secret_contents(plan, self.material)
        inputs = host_inputs(render(plan), Secret, contents, self.connection, deletion)
        assert self.host.check(self.call, inputs) == []
        return inputs

    def up(self, **changes: Any) -> Difference:
        return self.apply(self.call, self.inputs(**changes))

    def changes(self) -> dict[str, Any]:
        return dict(self.host.diff(self.call, self.id, self.outputs, self.inputs()).changes)

    def down(self, deletion: str = "delete") -> None:
        self.outputs = {**self.outputs, "deletion": deletion}
        self.host.delete(self.call, self.id, self.outputs)
        self.id = ""

    def client(self, user: str | None = None, password: str | None = None) -> httpx.Client:
        return self.instance.client(user, password)

    def push(self, repository: str, tag: str, layer: bytes) -> Image:
        with self.client("ci") as client:
            return push_image(client, repository, tag, layer)

    def path(self, path: str) -> Path:
        """A path of the host, as it is reached from here."""
        return Path(path)

    def command(self, *command: str) -> list[str]:
        """A command line here that runs a command on the host, as root."""
        return list(command)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        line = self.command("env", PATH, *command)
        return subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)

    def said(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    def running(self) -> list[Main]:
        """What stays, once it is all that it becomes."""
        found = []
        lines = [line.split(None, 2) for line in self.said("ps", "-ewwo", "pid=,ppid=,args=").splitlines()]
        texts = {pid: text for pid, _, text in lines}
        for pid, parent, text in lines:
            # One that was made just now has its parent's command line until it becomes what it was made for.
            if texts.get(parent) == text:
                continue
            # A command line may name what the process is going to start.
            own = text.partition(" -- ")[0]
            role = next((role for role, part in ROLES.items() if part in own), "")
            if role and f"/{self.name}/" in text and not any(part in own for part in STARTING):
                found.append((role, int(pid)))
        began = self._began(pid for _, pid in found)
        return sorted(Main(role, pid, began[pid]) for role, pid in found if pid in began)

    def _began(self, pids: Iterable[int]) -> dict[int, str]:
        """What has ended meanwhile is left out."""
        lines = self.run("cat", "/dev/null", *(f"/proc/{pid}/stat" for pid in pids)).stdout.splitlines()
        return {int(line.split()[0]): line.rpartition(")")[2].split()[19] for line in lines}

    def left(self) -> list[str]:
        """What is there beside files, for nothing once it is taken away."""
        return [main.role for main in self.running()]

    def stop(self, service: str) -> None:
        """As a person stops the registry or the front."""
        raise NotImplementedError

    def version_3(self, program: Path) -> dict[str, Any]:
        """The settings for another version of the registry, once its program is on the host."""
        there = self.path(f"/opt/{self.name}/registry")
        there.parent.mkdir(parents=True)
        there.write_bytes(program.read_bytes())
        there.chmod(0o755)
        return {"version": "3", "program": f"/opt/{self.name}/registry"}

    def operation(self, name: str, *options: str) -> Outcome:
        """`ops.pyz NAME` on the host, as root's Python runs it."""
        etc = f"{self.plan.paths.etc}/ops"
        command = ["/usr/bin/python3", "-I", "-S", f"{etc}/ops.pyz", name, "--config", f"{etc}/config.json"]
        done = self.run(*command, *options)
        return outcome(done.returncode, done.stdout, done.stderr)

    def operations(self, name: str, *options: str) -> dict[str, Any]:
        """The result of an operation that must succeed."""
        done = self.operation(name, *options)
        assert done.code == 0, done
        return done.result

    @contextmanager
    def cleared(self) -> Iterator[Self]:
        """Nothing of it is left on its host, whatever happens."""
        try:
            yield self
        finally:
            if self.id:
                self.down()
            homes = [f"{place}/dockyard" for place in ("/etc", "/var/lib", "/var/log", "/dev/shm", "/run")]
            for place in (*homes, "/opt"):
                shutil.rmtree(self.path(f"{place}/{self.name}"), ignore_errors=True)
