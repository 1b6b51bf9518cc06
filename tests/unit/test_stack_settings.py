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
        return module.choose(pulumi.Config("registry")).args

    read.module = module
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


def test_the_keys_of_a_target_are_converted(args):
    given = {"host": "h", "hostKey": "K", "sudoPassword": "p", "jump": {"hostKey": "J", "user": "u"}}
    assert args(target={"ssh": given})["target"]["ssh"] == {
        "host": "h",
        "host_key": "K",
        "sudo_password": "p",
        "jump": {"host_key": "J", "user": "u"},
    }


def test_what_pulumi_yaml_sets_to_nothing_is_not_given(args):
    assert args(storage="", memoryLimit="", cpuLimit=0, repositories={}, certificate={}, target={}) == {}


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


def declared():
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def test_every_declared_key_is_read(args):
    samples = {"string": "x", "integer": 1, "boolean": True, "array": ["x"], "object": {"x": {}}}
    own = {key: samples[entry["type"]] for key, entry in declared().items() if key not in ("kind", "options")}
    own["statusPage"] = False  # what it is unless it is set is as good as not given
    assert len(args(**own)) == len(own)
    assert set(args.module.OWN) == set(own)


def test_the_defaults_are_those_of_the_project(args):
    assert {key: declared()[key]["default"] for key in args.module.OWN} == args.module.DEFAULTS


def test_the_kinds_are_those_that_the_project_names(args):
    assert f"({' or '.join(args.module.KINDS)})" in declared()["kind"]["description"]


def test_a_cloud_s_registry_takes_its_arguments_from_the_options(args):
    options = {
        "location": "europe-west1",
        "repositories": {"teamA/api": {"immutableTags": False}},
        "retention": {"untaggedDays": 7, "rules": {"oldOnes": {"olderThanDays": 90}}},
        "tags": {"costCentre": "x"},
    }
    assert args(kind="gar", options=options, **args.module.DEFAULTS) == {
        "location": "europe-west1",
        "repositories": {"teamA/api": {"immutable_tags": False}},
        "retention": {"untagged_days": 7, "rules": {"oldOnes": {"older_than_days": 90}}},
        "tags": {"costCentre": "x"},
    }


def test_what_the_kind_does_not_take_is_refused(args):
    with pytest.raises(ArgsError) as refused:
        args(kind="gar", options={}, port=8443, users={"ci": {}})
    assert str(refused.value).splitlines() == [
        "stack 'local': 2 problems",
        "  registry:port: is for self-hosted registries",
        "  registry:users: is for self-hosted registries",
        "hint: put what GarRegistry takes into registry:options",
    ]
    with pytest.raises(ArgsError, match="registry:options: is for the clouds' registries"):
        args(domain="localhost", options={"location": "x"})
    with pytest.raises(
        ArgsError, match="registry:kind: must be one of self-hosted, acr, ecr, gar, got 'harbour'"
    ):
        args(kind="harbour")
