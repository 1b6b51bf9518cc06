"""A registry whose containers a real Docker daemon runs, applied as the plugin applies it, as root on this machine."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from dockyard.engine.values import Secret
from dockyard.provider.host import Host
from dockyard.provider.resource import Call, Difference, PartialError, Properties
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.facts import HostFacts, local_facts
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

from tests.support.docker import IMAGES, Daemon
from tests.support.images import Image, push_image
from tests.support.instance import PASSWORDS, SETTINGS, Instance, free_port, htpasswd_lines, new_material
from tests.support.operations import Registry

SERVICES = ("registry", "front")


@dataclass
class Composed:
    """One Host resource, what it said, and clients of what it has set up."""

    daemon: Daemon
    name: str
    folder: Path
    settings: dict[str, Any]
    host: Host = field(default_factory=Host)
    lines: list[str] = field(default_factory=list)
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    material: Material | None = None

    @property
    def plan(self) -> Plan:
        return Plan(read_settings(self.settings, self.name), facts(self.folder), self.name)

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
        contents = secret_contents(self.plan, self.material)
        inputs = host_inputs(render(self.plan), Secret, contents, deletion=deletion)
        assert self.host.check(self.call, inputs) == []
        return inputs

    def up(self, **changes: Any) -> Difference:
        """What an engine does: create, or compare and update where something differs."""
        inputs = self.inputs(**changes)
        self.lines.clear()
        if not self.id:
            try:
                self.id, self.outputs = self.host.create(self.call, inputs, preview=False)
            except PartialError as error:
                self.id, self.outputs = error.id, dict(error.properties)
                raise
            return Difference()
        difference = self.host.diff(self.call, self.id, self.outputs, inputs)
        if difference.changes:
            self.outputs = self.host.update(self.call, self.id, self.outputs, inputs, preview=False)
        return difference

    def changes(self) -> dict[str, Any]:
        return dict(self.host.diff(self.call, self.id, self.outputs, self.inputs()).changes)

    def down(self, deletion: str = "delete") -> None:
        self.outputs = {**self.outputs, "deletion": deletion}
        self.host.delete(self.call, self.id, self.outputs)
        self.id = ""

    def client(self, user: str | None = None) -> httpx.Client:
        return self.instance.client(user)

    def push(self, repository: str, tag: str, layer: bytes) -> Image:
        with self.client("ci") as client:
            return push_image(client, repository, tag, layer)

    def container(self, service: str) -> dict[str, Any]:
        """As Docker describes it."""
        found: list[dict[str, Any]] = json.loads(
            self.daemon.said("container", "inspect", self.ids()[service])
        )
        return found[0]

    def ids(self) -> dict[str, str]:
        listed = self.daemon.said(
            *("container", "ls", "--all", "--no-trunc"),
            *("--filter", f"label=com.docker.compose.project=dockyard-{self.name}"),
            *("--format", '{{.Label "com.docker.compose.service"}} {{.ID}}'),
        )
        return dict(line.split() for line in listed.splitlines())

    def starts(self) -> dict[str, tuple[str, str]]:
        """Service -> container and when it was started."""
        return {name: (each, self.container(name)["State"]["StartedAt"]) for name, each in self.ids().items()}

    def operations(self, name: str, *options: str) -> dict[str, Any]:
        """The result of `ops.pyz NAME` on the host, as root's Python runs it."""
        etc = f"{self.plan.paths.etc}/ops"
        command = [
            "/usr/bin/python3",
            "-I",
            "-S",
            f"{etc}/ops.pyz",
            name,
            "--config",
            f"{etc}/config.json",
            *options,
        ]
        environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **self.daemon.environment}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        events: list[Mapping[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, (events, done.stderr)
        return dict(next(event["result"] for event in events if "result" in event))


def facts(folder: Path) -> HostFacts:
    return replace(local_facts(folder), root=True, systemd=False)


def composed(daemon: Daemon, folder: Path, **settings: Any) -> Composed:
    """Not applied yet."""
    port = free_port()
    wanted = {"runtime": "compose", "images": IMAGES, "port": port, **SETTINGS, **settings}
    return Composed(daemon, f"compose-{port}", folder, wanted)


@contextlib.contextmanager
def cleared(lab: Composed):
    """Nothing of it is left on this machine, whatever happens."""
    try:
        yield lab
    finally:
        if lab.id:
            lab.down()
        for place in ("/etc", "/var/lib", "/var/log", "/dev/shm"):
            shutil.rmtree(f"{place}/dockyard/{lab.name}", ignore_errors=True)
