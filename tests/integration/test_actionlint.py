"""actionlint, GitHub's grammar of workflows and expressions, on all that is rendered. Built with Go."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.workflows.test_render import ALL

MODULE, VERSION = "github.com/rhysd/actionlint/cmd/actionlint", "v1.7.7"
BINARIES = Path(__file__).parents[2] / "build" / "bin"
pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def actionlint():
    found = BINARIES / "actionlint"
    if found.exists():
        return found
    if not shutil.which("go"):
        pytest.skip("not installed: go, which builds actionlint")
    BINARIES.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOBIN": str(BINARIES), "GOFLAGS": "-mod=mod"}
    built = subprocess.run(
        ["go", "install", f"{MODULE}@{VERSION}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    if built.returncode and any(said in built.stderr for said in ("dial tcp", "server response")):
        pytest.skip("the Go module proxy cannot be reached, or has no such module")
    assert built.returncode == 0, built.stderr
    return found


def test_every_workflow_passes_and_a_broken_one_does_not(actionlint, tmp_path):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, text in enumerate(ALL.values()):
        (folder / f"{number}.yml").write_text(text)
    (tmp_path / ".git").mkdir()

    def lint():
        return subprocess.run(
            [actionlint, "-shellcheck=", "-pyflakes="],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = lint()
    assert done.returncode == 0, done.stdout
    (folder / "0.yml").write_text(next(iter(ALL.values())).replace("github.ref", "github.reff"))
    assert lint().returncode == 1
