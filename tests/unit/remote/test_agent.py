"""What is sent to a host: it runs there alone, and tells an old Python how old it is."""

import ast
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from dockyard.remote import agent as module
from dockyard.remote.agent import BOOTSTRAP, agent

from tests.unit.test_imports import imported

PACKAGE = module.PACKAGE


def test_it_holds_everything_that_it_imports(tmp_path: Path) -> None:
    (tmp_path / "agent.pyz").write_bytes(agent().content)
    names = {
        name.removesuffix(".py").replace("/", ".")
        for name in zipfile.ZipFile(tmp_path / "agent.pyz").namelist()
        if name.endswith(".py")
    }
    for name in sorted(names - {"__main__"}):
        path = PACKAGE.parent / f"{name.replace('.', '/')}.py"
        own = {found for found in imported(path) if found.startswith("dockyard.")}
        missing = {found for found in own if found not in names and found.rpartition(".")[0] not in names}
        assert name.endswith("__init__") or missing == set(), name


def test_it_answers_with_nothing_of_ours_on_the_path(tmp_path: Path) -> None:
    path = tmp_path / "agent.pyz"
    path.write_bytes(agent().content)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(path), "hello"], capture_output=True, text=True, cwd="/", check=True
    )
    assert json.loads(done.stdout) == {"ok": {}}


def test_its_name_is_its_content() -> None:
    assert hashlib.sha256(agent().content).hexdigest() == agent().digest
    assert len(agent().content) < 1_000_000


def test_the_bootstrap_is_read_by_old_pythons() -> None:
    """And fits on a command line, of which Linux allows 128 KiB in one argument."""
    ast.parse(BOOTSTRAP, feature_version=(3, 6))
    assert len(BOOTSTRAP) < 10_000
