"""A registry that a Host resource applies, as the plugin does, whose version and program change."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError
from dockyard.provider.resource import Call, Properties
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.render import render, secret_contents
from dockyard.self_hosted.settings import read_settings

from tests.support.driven import Driven
from tests.support.images import MANIFEST
from tests.support.instance import Instance, free_port, make, wait_until
from tests.support.operations import SETTINGS, Registry
from tests.support.processes import ENDED

PASSWORDS = {"ci": "ci-secret-2", "admin": "admin-secret-1"}


@dataclass
class Yard(Driven):
    """One registry and the Host that applies it."""

    instance: Instance
    settings: dict[str, Any]

    @property
    def registry(self) -> Registry:
        return Registry(self.instance)

    @property
    def call(self) -> Call:
        return Call("yard", f"urn:test::{self.instance.folder}", lambda text, _: self.lines.append(text))

    def inputs(self, **settings: Any) -> Properties:
        """The checked inputs of these settings, None taking one away."""
        self.settings = {k: v for k, v in {**self.settings, **settings}.items() if v is not None}
        plan = replace(self.instance.plan, settings=read_settings(self.settings, "test"))
        self.instance.plan = plan
        bundle = render(plan)
        contents = secret_contents(plan, self.instance.material)
        inputs = host_inputs(bundle, Secret, contents, deletion="delete")
        assert self.host.check(self.call, inputs) == []
        return inputs

    def up(self, **settings: Any) -> bool:
        """What an engine does; gives whether there was anything to do. After a failure the state is what it was."""
        new, inputs = not self.id, self.inputs(**settings)
        return bool(self.apply(self.call, inputs).changes) or new

    def refused(self, **settings: Any) -> str:
        """The error of an `up` that must fail."""
        with pytest.raises(DockyardError) as caught:
            self.up(**settings)
        return str(caught.value)

    def answered(self) -> dict[str, bytes]:
        with self.instance.client("admin", PASSWORDS["admin"]) as client:
            return answered(client)

    def program(self) -> str:
        """What the registry's process runs; "" of one that has just ended."""
        pid = self.instance.pid("registry/launch")
        with contextlib.suppress(*ENDED):
            return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        return ""


def answered(client: httpx.Client) -> dict[str, bytes]:
    """Every tag of the catalog to its manifest, and every blob of those; each with the digest that it was answered under."""
    found = {}
    for name in pages(client, "/v2/_catalog?n=2", "repositories"):
        for tag in pages(client, f"/v2/{name}/tags/list", "tags"):
            answer = client.get(f"/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST})
            assert answer.status_code == 200, answer.text
            found[f"{name}:{tag} {answer.headers['Docker-Content-Digest']}"] = answer.content
            manifest = answer.json()
            for part in (manifest["config"], *manifest["layers"]):
                blob = client.get(f"/v2/{name}/blobs/{part['digest']}")
                assert blob.status_code == 200, blob.text
                found[f"{name} {part['digest']}"] = blob.content
    return found


def pages(client: httpx.Client, address: str, key: str) -> list[str]:
    """A list of the registry, page by page."""
    found: list[str] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        found += answer.json()[key] or []
        address = answer.links.get("next", {}).get("url", "")
    return found


@contextlib.contextmanager
def yard(**settings: Any) -> Iterator[Yard]:
    """Applied and running; taken away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="dockyard-up-"))
    wanted = {**SETTINGS, "runtime": "supervisor", "port": free_port(), **settings}
    made = Yard(make(folder, wanted, PASSWORDS), wanted)
    try:
        made.up()
        wait_until(made.instance.answers, "the front to answer")
        yield made
    finally:
        if made.id:
            made.host.delete(made.call, made.id, made.outputs)
        shutil.rmtree(folder)
        shutil.rmtree(made.instance.plan.paths.run, ignore_errors=True)


def script(path: Path, text: str) -> str:
    """A program that is no registry, or not always."""
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return str(path)


def versions(path: str) -> str:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return done.stdout
