"""Containers, as the host's operations see them: their processes, and whether they are well."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops import processes
from dockyard.ops.containers import SERVICE, judge

from tests.support.instance import wait_until

FILE = "/etc/x y/compose.yaml"


def container(service: str, **state: Any) -> dict[str, Any]:
    return {
        "Config": {"Labels": {SERVICE: service}},
        "State": {"Running": True, "Status": "running", **state},
    }


def test_two_that_run_are_well() -> None:
    found = [container("registry", Health={"Status": "healthy", "Log": []}), container("front")]
    verdict = judge(FILE, found, "podman 4.3.1")
    assert verdict.status == "ok"
    assert verdict.evidence.startswith("podman 4.3.1: ")


@pytest.mark.parametrize(
    ("found", "evidence"),
    [
        ([container("front")], "registry has no container"),
        ([container("registry"), container("front", Running=False, Status="exited")], "front is exited"),
        (
            [
                container("registry", Health={"Status": "unhealthy", "Log": [{"Output": "No space\n left"}]}),
                container("front"),
            ],
            "registry is not healthy: No space left",
        ),
    ],
)
def test_what_is_not_well_is_said_with_what_to_type(found: list[dict[str, Any]], evidence: str) -> None:
    verdict = judge(FILE, found, "Docker 28")
    assert (verdict.status, verdict.evidence) == ("failure", evidence)
    assert verdict.hint == "dockyard up" or "--file '/etc/x y/compose.yaml'" in verdict.hint


def test_processes_are_known_by_the_path_on_their_command_line_and_so_are_their_children(
    tmp_path: Path,
) -> None:
    configuration = str(tmp_path / "registry.yml")
    code = "import subprocess, sys; subprocess.run(['sleep', '600'])"
    with subprocess.Popen([sys.executable, "-c", code, configuration]) as started:
        try:
            wait_until(lambda: len(processes.of(tmp_path / "none", configuration)) == 2, "the child")
            assert started.pid in processes.of(tmp_path / "none", configuration)
            assert processes.of(tmp_path / "none", f"{configuration}x") == []
        finally:
            for pid in processes.of(tmp_path / "none", configuration):
                subprocess.run(["kill", "-9", str(pid)], check=False)


def test_one_that_has_ended_is_none(tmp_path: Path) -> None:
    """A zombie shows no open files, not even to its own account."""
    configuration = str(tmp_path / "registry.yml")
    code = "import time; time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, configuration]) as started:
        started.kill()
        wait_until(lambda: Path(f"/proc/{started.pid}/stat").read_text().split()[2] == "Z", "its end")
        assert processes.of(tmp_path / "none", configuration) == []
