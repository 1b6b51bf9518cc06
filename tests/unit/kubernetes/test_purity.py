"""Where Pulumi and Kubernetes' SDK are imported."""

import subprocess
import sys
from pathlib import Path

import dockyard
import pytest

FOLDER = Path(dockyard.__file__).parent / "kubernetes"
COMPONENTS = {"args", "make", "pull_secret", "pull_access"}
PURE = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in COMPONENTS)


def loaded(statement: str) -> list[str]:
    """Which of Pulumi's packages are there after it."""
    code = f"import sys; {statement}; print(*(m for m in sys.modules if m.startswith('pulumi')))"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_load_no_pulumi(name):
    assert loaded(f"import dockyard.kubernetes.{name}") == []


@pytest.mark.parametrize("name", ["checks", "later"])
def test_what_the_policy_pack_shares_loads_no_pulumi(name):
    assert loaded(f"import dockyard.{name}") == []


def test_arguments_load_pulumi_and_not_the_sdk():
    found = loaded("import dockyard.kubernetes.args")
    assert "pulumi" in found
    assert "pulumi_kubernetes" not in found
