"""`dockyard up` on a machine that systemd has booted, by its own root: as on a server of one's own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.booted_host import BootedHost
from tests.support.clone import Clone
from tests.support.supervised import Units

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600), pytest.mark.xdist_group("systemd")]
HOME = "/root"


class Near(Clone):
    """A clone that stands on the host, and is driven there."""

    def __init__(self, host: BootedHost, folder: Path) -> None:
        super().__init__(folder)
        self.host, here = host, self.root
        self.root = host.path(f"{HOME}/clone")
        # git itself would look where the path leads on this machine.
        shutil.copytree(here, self.root, symlinks=True)

    def run(self, *command: str, ok: bool = True) -> "subprocess.CompletedProcess[str]":
        config = {"config": {f"registry:{key}": value for key, value in self.settings.items()}}
        (self.root / "stacks" / "Pulumi.local.yaml").write_text(yaml.safe_dump(config))
        own = [f"HOME={HOME}", f"PYTHONPATH={HOME}/clone/components", "DOCKYARD_ENGINE=embedded"]
        line = self.host.command("env", f"--chdir={HOME}/clone", *own, *command)
        done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def near(host: BootedHost, tmp_path_factory: pytest.TempPathFactory) -> Near:
    if not all(host.path(path).exists() for path in (sys.executable, str(Path(__file__)))):
        pytest.skip("the host does not see this environment")
    return Near(host, tmp_path_factory.mktemp("near"))


def test_systemd_runs_it_unless_told_otherwise(near: Near, lab: Units) -> None:
    """Beside another registry of the same host."""
    before = lab.running()
    done = near.dockyard("up", "-s", "local", "--yes")
    assert "systemd" in done.stdout + done.stderr
    assert done.stdout.count("  ok ") == 6, "the smoke test"
    assert near.run("systemctl", "is-active", f"dockyard-{near.name}-local-registry").stdout == "active\n"
    assert "no changes" in near.up()
    assert lab.running() == before
