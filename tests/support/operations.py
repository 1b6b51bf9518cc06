"""A running registry with backups, and its operations as the host runs them: `python3 ops.pyz COMMAND`."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from dockyard.cli.operations import ALONE

from tests.support.images import Image, digest_of, manifest_of, push_image
from tests.support.instance import Instance

BY_HAND = {"every_hours": 0, "check_every_days": 0, "drill_every_days": 0}
SETTINGS: dict[str, Any] = {
    "domain": "localhost",
    "listen": ["127.0.0.1"],
    "users": {"ci": {"push": ["**"]}, "admin": {"admin": True}},
    "backup": BY_HAND,
    "reserve": "0",
    "scrub": {"every_days": 0},
    "upkeep": {"gc_every_days": 0},
}


@dataclass(frozen=True)
class Outcome:
    """How one command ended, and what it said at its end."""

    code: int
    result: dict[str, Any]
    error: str
    hint: str
    progress: tuple[str, ...]
    entries: tuple[dict[str, Any], ...] = ()


@dataclass
class Registry:
    """A registry that is backed up."""

    instance: Instance

    @property
    def etc(self) -> Path:
        return Path(self.instance.plan.paths.etc) / "ops"

    @property
    def tree(self) -> Path:
        return Path(self.instance.plan.paths.store) / "docker/registry/v2"

    @property
    def state(self) -> Path:
        return Path(self.instance.plan.paths.data) / "ops"

    @property
    def logs(self) -> Path:
        return Path(self.instance.plan.paths.log)

    @property
    def repository(self) -> Path:
        return Path(self.instance.plan.paths.data) / "backup"

    def command(self, name: str, *options: str) -> list[str]:
        config = str(self.etc / "config.json")
        return [sys.executable, *ALONE, str(self.etc / "ops.pyz"), name, "--config", config, *options]

    def run(self, name: str, *options: str, prefix: tuple[str, ...] = ()) -> Outcome:
        command = [*prefix, *self.command(name, *options)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        return outcome(done.returncode, done.stdout, done.stderr)

    def start(self, name: str, *options: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(self.command(name, *options), stdout=subprocess.PIPE, text=True)

    def done(self, name: str, *options: str) -> dict[str, Any]:
        """The result of a command that must succeed."""
        found = self.run(name, *options)
        assert found.code == 0, found
        return found.result

    def restic(self, *arguments: str) -> str:
        command = [
            "restic",
            "-r",
            str(self.repository),
            f"--password-file={self.etc / 'password'}",
            "--no-cache",
        ]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def push(self, repository: str, tag: str, layer: bytes) -> Image:
        with self.instance.client("ci") as client:
            return push_image(client, repository, tag, layer)

    def write(self, repository: str, tag: str, layer: bytes) -> Image:
        """What a push leaves in the store, without a registry."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "of": repository}).encode()
        manifest = manifest_of(config, layer)
        for content in (config, layer):
            self.write_blob(content)
            self.write_link(f"{repository}/_layers", digest_of(content))
        self.write_manifest(repository, manifest, tag)
        return Image(repository, tag, digest_of(manifest), digest_of(layer), layer)

    def write_manifest(self, repository: str, manifest: bytes, tag: str = "") -> str:
        digest = digest_of(manifest)
        self.write_blob(manifest)
        self.write_link(f"{repository}/_manifests/revisions", digest)
        if tag:
            self.write_link(f"{repository}/_manifests/tags/{tag}/index", digest)
            (self.tree / f"repositories/{repository}/_manifests/tags/{tag}/current").mkdir(exist_ok=True)
            (self.tree / f"repositories/{repository}/_manifests/tags/{tag}/current/link").write_text(digest)
        return digest

    def write_blob(self, content: bytes) -> None:
        file = self.blob(digest_of(content))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def write_link(self, folder: str, digest: str) -> None:
        file = self.tree / "repositories" / folder / digest.replace(":", "/") / "link"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(digest)

    def pulls(self, image: Image) -> bool:
        """Whether the image is there, whole."""
        with self.instance.client("ci") as client:
            answer = client.get(f"/v2/{image.repository}/blobs/{image.layer}")
            return manifest(client, image).status_code == 200 and answer.content == image.content

    def blob(self, digest: str) -> Path:
        algorithm, _, value = digest.partition(":")
        return self.tree / "blobs" / algorithm / value[:2] / value / "data"


def manifest(client: httpx.Client, image: Image) -> httpx.Response:
    accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
    return client.get(f"/v2/{image.repository}/manifests/{image.tag}", headers=accept)


def outcome(code: int, stdout: str, stderr: str = "") -> Outcome:
    events: list[Mapping[str, Any]] = [json.loads(line) for line in stdout.splitlines()]
    assert "Traceback" not in stderr, stderr
    error = next((event["error"] for event in events if "error" in event), {"message": "", "hint": ""})
    result = next((event["result"] for event in events if "result" in event), {})
    progress = tuple(event["progress"] for event in events if "progress" in event)
    entries = tuple(event["entry"] for event in events if "entry" in event)
    return Outcome(code, result, error["message"], error["hint"], progress, entries)
