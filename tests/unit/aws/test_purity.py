"""Where Amazon's SDK is imported."""

import subprocess
import sys
from pathlib import Path

import dockyard
import pytest

FOLDER = Path(dockyard.__file__).parent / "aws"
COMPONENTS = {"ci", "ecr", "ecr_endpoints", "ecr_public", "ecr_settings", "keys", "registry_children"}
ARGS = {"args", "endpoint_args", "public_args", "registry_args", "singleton"}
"""These load Pulumi, which reads their annotations or tells programs apart, and not the cloud's SDK."""
PURE = {path.stem for path in FOLDER.glob("*.py")} - COMPONENTS - ARGS


def loaded(names, prefix):
    imports = "; ".join(f"import dockyard.aws.{name}" for name in sorted(names))
    code = f"import sys; {imports}; print(*(m for m in sys.modules if m.split('.')[0] == {prefix!r}))"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


def test_pure_modules_load_no_pulumi():
    assert loaded(PURE, "pulumi") == []


def test_arguments_load_pulumi_and_not_the_cloud_s_sdk():
    assert "pulumi" in loaded(ARGS, "pulumi")
    assert loaded(ARGS | PURE, "pulumi_aws") == []


@pytest.mark.parametrize("name", sorted(COMPONENTS | ARGS))
def test_no_module_of_args_or_components_hides_its_annotations_from_pulumi(name):
    assert "\nfrom __future__" not in (FOLDER / f"{name}.py").read_text()
