"""A clone of this project with an environment, a port and an instance of its own, driven by its own commands."""

import importlib.util
import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import yaml
from dockyard.registry_client import digest_of, scratch_image
from dockyard.self_hosted.facts import local_facts
from dockyard.self_hosted.paths import instance_paths

from tests.support.instance import free_port

ROOT = Path(__file__).parents[2]


class Clone:
    """A clone with an environment that is this one, a port and an instance of its own."""

    def __init__(self, folder: Path) -> None:
        self.root, self.name = folder / "clone", f"t{uuid.uuid4().hex[:8]}"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(self.root)], check=True)
        program = self.root / "stacks" / "__main__.py"
        text = program.read_text()
        assert text.count('component("registry", ') == 1
        program.write_text(text.replace('component("registry", ', f'component("{self.name}", '))
        self.settings = {
            "domain": "localhost",
            "port": free_port(),
            "users": {"admin": {"admin": True}, "ci": {"push": ["**"]}, "reader": {"pull": ["**"]}},
        }
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
        self.environment["DOCKYARD_ENGINE"] = "embedded"
        self.environment["PYTHONPATH"] = str(self.root / "components")
        self._make_environment()
        self.paths = instance_paths(local_facts(self.root / ".state"), f"{self.name}-local")

    def _make_environment(self) -> None:
        """What .make/environment.py would install is here already; the stamp says so."""
        spec = importlib.util.spec_from_file_location("environment", self.root / ".make" / "environment.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        scripts = self.root / ".venv" / "bin"
        scripts.mkdir(parents=True)
        for name, words in (("python", ""), ("dockyard", "-m dockyard.cli")):
            (scripts / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
            (scripts / name).chmod(0o755)
        module.STAMP.write_text(module.digest(self.root / "requirements.lock"))

    def run(self, *command: str, ok: bool = True) -> subprocess.CompletedProcess:
        config = {"config": {f"registry:{key}": value for key, value in self.settings.items()}}
        (self.root / "stacks" / "Pulumi.local.yaml").write_text(yaml.safe_dump(config))
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def dockyard(self, *arguments: str, ok: bool = True) -> subprocess.CompletedProcess:
        return self.run(".venv/bin/dockyard", *arguments, ok=ok)

    def up(self, ok: bool = True) -> str:
        done = self.dockyard("up", "-s", "local", "--yes", ok=ok)
        assert ok or done.returncode == 1
        return done.stderr

    def outputs(self) -> dict:
        return json.loads(self.dockyard("outputs", "-s", "local", "--json", "--show-secrets").stdout)

    def get(self, path: str, user: str = "ci", password: str | None = None) -> str:
        """curl's status code. The password goes through its standard input."""
        outputs = self.outputs()
        ca = self.root / "ca.crt"
        ca.write_text(outputs["caCertificate"])
        word = password or outputs["users"][user]
        command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", str(ca), "-K", "-"]
        done = subprocess.run(
            [*command, f"https://{outputs['host']}{path}"],
            input=f'user = "{user}:{word}"\n',
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 180
        while self.get("/v2/") != "200":
            assert time.monotonic() < deadline, "the front does not answer"
            time.sleep(0.1)

    def pids(self) -> dict[str, str]:
        """Process id to command of everything that runs for this instance, but NGINX's workers and what runs by the clock."""
        done = subprocess.run(["ps", "-ewwo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in done.stdout.splitlines()]
        parents = {row[0]: row[1] for row in rows}
        keepers = {row[0] for row in rows if self.name in row[-1] and "ops.pyz keep" in row[-1]}

        def timed(pid: str) -> bool:
            parent = parents.get(pid, "")
            return bool(parent) and (parent in keepers or timed(parent))

        return {row[0]: row[-1] for row in rows if self.paths.etc in row[-1] and not timed(row[0])}

    def pid_of(self, part: str) -> int:
        (pid,) = [
            pid for pid, text in self.pids().items() if part in text.split()[0] + text.split(" ", 1)[1][:14]
        ]
        return int(pid)


def write_layout(folder: Path) -> None:
    """An OCI image layout of one scratch image."""
    image = scratch_image("from a layout")
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for content in (image.layer, image.config, image.manifest):
        (blobs / digest_of(content).removeprefix("sha256:")).write_bytes(content)
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": image.digest,
        "size": len(image.manifest),
        "annotations": {"org.opencontainers.image.ref.name": "1"},
    }
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
