"""Where Azure's SDK is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import dockyard
import pytest

FOLDER = Path(dockyard.__file__).parent / "azure"
ARGS = {"args", "feature_args"}
COMPONENTS = {"acr", "children", "ci", "grants", "roles"}
PURE = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ARGS | COMPONENTS)


def test_pure_modules_load_no_pulumi():
    """In one process: each of them would show up by itself."""
    modules = ", ".join(f"dockyard.azure.{name}" for name in PURE)
    code = f"import sys, {modules}; print(*(m for m in sys.modules if m.startswith('pulumi')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["abac", "matrix", "settings"])
def test_what_decides_is_pure(name):
    assert name in PURE


def test_arguments_load_pulumi_and_not_the_clouds_sdk():
    for module in ("pulumi", "pulumi_azure_native"):
        code = f"import sys, dockyard.azure.args; print({module!r} in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(module == "pulumi")]


def test_no_module_of_args_or_components_hides_its_annotations_from_pulumi():
    for path in FOLDER.glob("*.py"):
        imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
        assert "__future__" not in {node.module for node in imports}, path.name
