"""Where Google Cloud's SDK is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import dockyard
import pytest

FOLDER = Path(dockyard.__file__).parent / "gcp"
COMPONENTS = {"args", "gar", "children", "ci"}
PURE = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in COMPONENTS)


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_load_no_pulumi(name):
    code = f"import sys, dockyard.gcp.{name}; print(*(m for m in sys.modules if m.startswith('pulumi')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_arguments_load_pulumi_and_not_the_clouds_sdk():
    for module in ("pulumi", "pulumi_gcp"):
        code = f"import sys, dockyard.gcp.args; print({module!r} in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(module == "pulumi")]


def test_no_module_of_args_or_components_hides_its_annotations_from_pulumi():
    for path in FOLDER.glob("*.py"):
        imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
        assert "__future__" not in {node.module for node in imports}, path.name
