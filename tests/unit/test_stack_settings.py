"""A stack's configuration becomes the registry's arguments."""

import importlib.util
import json
from pathlib import Path

import pulumi
import pytest
import yaml
from dockyard import ArgsError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def args(monkeypatch):
    """The function under test, of plain configuration values."""
    spec = importlib.util.spec_from_file_location("stack_settings", ROOT / "stacks" / "settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "local")

    def read(**values):
        texts = {
            f"registry:{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in values.items()
        }
        pulumi.runtime.set_all_config(texts)
        return module.registry_args(pulumi.Config("registry"))

    yield read
    pulumi.runtime.set_all_config({})


def test_keys_become_snake_case_and_keep_their_types(args):
    found = args(domain="localhost", port=8443, readOnly=True, bcryptCost=6, anonymousPull=["a/**"])
    assert found == {
        "domain": "localhost",
        "port": 8443,
        "read_only": True,
        "bcrypt_cost": 6,
        "anonymous_pull": ["a/**"],
    }


def test_user_names_and_repositories_are_left_as_they_are(args):
    users = {"aB": {"push": ["x"]}}
    assert args(users=users)["users"] == users


def test_the_keys_of_a_certificate_are_converted(args):
    given = args(certificate={"certificate": "C", "privateKey": "K"})["certificate"]
    assert given == {"certificate": "C", "private_key": "K"}


def test_what_pulumi_yaml_sets_to_nothing_is_not_given(args):
    assert args(storage="", memoryLimit="", cpuLimit=0, repositories={}, certificate={}) == {}


def test_a_wrong_zero_or_empty_list_is_not_taken_for_a_default(args):
    assert args(port=0, listen=[], domain="") == {"port": 0, "listen": [], "domain": ""}


def test_every_unknown_key_is_named(args):
    with pytest.raises(ArgsError) as refused:
        args(domain="localhost", colour="red", prot=1)
    assert str(refused.value).splitlines()[:3] == [
        "stack 'local': 2 problems",
        "  registry:colour: unknown key",
        "  registry:prot: unknown key",
    ]


def test_every_declared_key_is_read(args):
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    samples = {"string": "x", "integer": 1, "boolean": True, "array": ["x"], "object": {"x": {}}}
    assert len(args(**{key: samples[entry["type"]] for key, entry in declared.items()})) == len(declared)
