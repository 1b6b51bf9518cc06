"""Every stack of this project: its configuration is what its registry takes, and one program serves them all."""

import json
import runpy
import sys
from pathlib import Path

import pulumi
import pytest
import yaml

from tests.contract.cases import CASES
from tests.support.recorder import recording

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
KINDS = {
    "acr": "AcrRegistry",
    "ecr": "EcrRegistry",
    "gar": "GarRegistry",
    "self-hosted": "SelfHostedRegistry",
}


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_the_program_makes_the_registry_that_the_stack_asks_for(path, monkeypatch):
    given = yaml.safe_load(path.read_text())["config"]
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {f"registry:{key}": entry["default"] for key, entry in declared.items()}
    config = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in {**defaults, **given}.items()
    }
    name = KINDS[given.get("registry:kind", "self-hosted")]
    case = next(case for case in CASES if case.name == name)
    exported = {}
    monkeypatch.setattr(pulumi, "export", exported.setdefault)
    monkeypatch.setenv("DOCKYARD_CHECK", "1")
    monkeypatch.setattr(sys, "path", [str(ROOT / "stacks"), *sys.path])
    monkeypatch.delitem(sys.modules, "settings", raising=False)
    with recording(case.outputs, case.answers) as recorder:
        pulumi.runtime.set_all_config(config)
        monkeypatch.setattr(pulumi.Config, "__init__", named(pulumi.Config.__init__))
        found = recorder.run(
            lambda: runpy.run_path(str(ROOT / "stacks" / "__main__.py"), run_name="__main__")
        )
        pulumi.runtime.set_all_config({})
    monkeypatch.delitem(sys.modules, "settings", raising=False)
    assert (name, "registry") in found.names()
    assert {"host", "images", "username", "password"} <= set(exported)


def named(init):
    """The project of the mocks has another name."""

    def __init__(self, name=None):
        init(self, name or "registry")

    return __init__
