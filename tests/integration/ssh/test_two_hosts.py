"""Two registries on two hosts in one program: side by side, by the engine."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.far_host import FarHost
from tests.support.instance import MISSING, wait_until

ROOT = Path(__file__).parents[3]
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("ssh-two"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
PROGRAM = """
import json, pathlib
import dockyard, pulumi
for name, args in json.loads(pathlib.Path(__file__).with_name("registries.json").read_text()).items():
    pulumi.export(name, dockyard.SelfHostedRegistry(name, args).host)
"""


def arguments(host: FarHost, user: str, **target: Any) -> dict[str, Any]:
    return {
        "domain": host.address,
        "listen": [host.address],
        "port": 8443,
        "runtime": "supervisor",
        "users": {"ci": {"push": ["**"]}},
        "target": host.target(user, **target),
    }


def test_neither_waits_for_the_other(another: Callable[..., FarHost], tmp_path: Path) -> None:
    held, free = another(), another()
    plugin = {"name": "dockyard", "path": str(ROOT / "components")}
    project = {"name": "own", "runtime": "python", "backend": {"url": "file://.state"}}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "plugins": {"providers": [plugin]}}))
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    wanted = {"one": arguments(held, "deploy", sudo=True), "two": arguments(free, "root")}
    (tmp_path / "registries.json").write_text(json.dumps(wanted))
    command = [sys.executable, "-m", "dockyard.cli", "up", "-s", "dev", "--engine", "embedded", "--yes"]

    def up() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    with (
        subprocess.Popen(held.command("flock", "/run/dockyard.lock", "sleep", "3000")) as holder,
        up() as first,
    ):
        wait_until(lambda: free.processes("nginx: master"), "the registry of the free host", seconds=300)
        assert first.poll() is None
        assert held.processes("nginx: master") == {}
        for pid in held.processes("sleep 3000"):
            held.run("kill", str(pid), ok=False)
        holder.wait(60)
        told, _ = first.communicate(timeout=300)
    assert first.returncode == 0, told
    assert "waiting for another dockyard at work on this host" in told
    assert held.processes("nginx: master")
    with up() as second:
        told, _ = second.communicate(timeout=300)
    assert "no changes" in told
    for host, name in ((held, "one"), (free, "two")):
        assert [path.name for path in host.path("/etc/dockyard").glob("[a-z]*")] == [f"{name}-dev"]
