"""actionlint, GitHub's grammar of workflows and expressions, on all that is rendered. Built with Go."""

import subprocess

import pytest

from tests.support.go import built
from tests.unit.workflows.test_render import ALL

MODULE, VERSION = "github.com/rhysd/actionlint/cmd/actionlint", "v1.7.7"
pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def actionlint():
    return built(MODULE, VERSION)


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
