"""Configuration: types, defaults, secrets, and every mistake at once."""

import json
from pathlib import Path

import pytest
from dockyard.engine.config import StackConfig, StackFile
from dockyard.engine.project import Project
from dockyard.errors import ProblemsError

HEAD = "name: registry\nruntime: python\nstackConfigDir: stacks\n"
TYPED = """
config:
  registry:port: {type: integer, default: 443}
  registry:domain: {type: string}
  registry:readOnly: {type: boolean, default: false}
  registry:listen: {type: array, items: {type: string}, default: ["127.0.0.1", "::1"]}
  registry:users: {type: object, default: {ci: {push: ["**"]}}}
  registry:token: {type: string, secret: true, default: ""}
  aws:region: {value: eu-west-1}
"""


def make(root: Path, stack: str, block: str = TYPED) -> Project:
    (root / "Pulumi.yaml").write_text(HEAD + block)
    (root / "stacks").mkdir(exist_ok=True)
    (root / "stacks" / "Pulumi.local.yaml").write_text(stack)
    return Project.find(root)


def load(root: Path, stack: str, block: str = TYPED) -> StackConfig:
    return StackConfig.load(make(root, stack, block), "local", lambda value: f"opened {value}")


def problems(root: Path, stack: str, block: str = TYPED) -> list[str]:
    with pytest.raises(ProblemsError) as error:
        load(root, stack, block)
    return [str(problem) for problem in error.value.problems]


GOOD = "config:\n  registry:domain: localhost\n  registry:token: {secure: v1:a:b}\n"


def test_values_are_given_as_the_cli_gives_them(tmp_path: Path) -> None:
    """Measured with Pulumi 3.260: PULUMI_CONFIG holds text, JSON for objects, numbers as they are written."""
    found = load(
        tmp_path, GOOD + "  other:f: 1.5\n  other:w: 1e3\n  other:n: {b: [1, true], a: {secure: v1:c:d}}\n"
    )
    assert found.config == {
        "registry:domain": "localhost",
        "registry:token": "opened v1:a:b",
        "other:f": "1.5",
        "other:w": "1000",
        "other:n": '{"a":"opened v1:c:d","b":[1,true]}',
        "registry:port": "443",
        "registry:readOnly": "false",
        "registry:listen": '["127.0.0.1","::1"]',
        "registry:users": '{"ci":{"push":["**"]}}',
        "aws:region": "eu-west-1",
    }
    assert sorted(found.secret_keys) == ["other:n", "registry:token"]


def test_an_object_of_the_stack_replaces_the_default_whole(tmp_path: Path) -> None:
    """As the CLI:

    the default is for a key that the stack does not have, never merged into one that it has.
    """
    found = load(tmp_path, GOOD + "  registry:users: {alice: {pull: [a]}}\n")
    assert json.loads(found.config["registry:users"]) == {"alice": {"pull": ["a"]}}


def test_history_keeps_configuration_encrypted(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).encrypted["registry:token"] == {"secure": "v1:a:b"}


def test_a_key_without_namespace_is_the_projects(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD + "  port: 8443\n").config["registry:port"] == "8443"


def test_shorthand_declares_a_default(tmp_path: Path) -> None:
    found = load(tmp_path, "", "config:\n  port: 8443\n  names: [a]\n  aws:region: eu-west-1\n")
    assert found.config == {"registry:port": "8443", "registry:names": '["a"]', "aws:region": "eu-west-1"}


def test_all_mistakes_are_told_at_once_with_path_and_message(tmp_path: Path) -> None:
    stack = """config:
  registry:port: eighty
  registry:readOnly: "yes"
  registry:listen: [1, 2]
  registry:users: alice
  registry:token: plain-hunter2
  registry:prot: 1
"""
    assert problems(tmp_path, stack) == [
        "config/registry:domain: is required, and has no default",
        "config/registry:listen: must be of type array<string>, got [1, 2]",
        'config/registry:port: must be of type integer, got "eighty"',
        "config/registry:prot: is not declared in Pulumi.yaml",
        'config/registry:readOnly: must be of type boolean, got "yes"',
        "config/registry:token: must be encrypted: Pulumi.yaml declares it `secret: true`",
        'config/registry:users: must be of type object, got "alice"',
    ]


def test_the_error_names_the_file_and_hints_at_the_key_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as error:
        load(tmp_path, GOOD + "  registry:prot: 1\n")
    assert str(error.value) == (
        f"{tmp_path}/stacks/Pulumi.local.yaml: 1 problem\n"
        "  config/registry:prot: is not declared in Pulumi.yaml\n"
        "hint: did you mean registry:port?"
    )


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD + "  registry:port: {secure: v1:hunter2:x}\n")
    assert found == ["config/registry:port: must be of type integer, got a secret that is not"]


def test_keys_of_other_namespaces_are_passed_on(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD + "  gcp:project: p\n").config["gcp:project"] == "p"


def test_without_a_typed_block_every_key_is_passed_on(tmp_path: Path) -> None:
    assert load(tmp_path, "config:\n  registry:anything: 1\n", "").config == {"registry:anything": "1"}


def test_a_secure_value_without_a_passphrase_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(
        ProblemsError, match="config/registry:token: is encrypted, and there is no passphrase"
    ):
        StackConfig.load(make(tmp_path, GOOD), "local")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            "port: {type: number}",
            "has the unknown type 'number'; types are string, integer, boolean, object, array",
        ),
        ("port: {type: integer, default: x}", "has a default that is not of type integer: 'x'"),
        ("port: {type: array}", "is an array and does not say of what: `items: {type: ...}`"),
        ("port: {default: 1, value: 2}", "has both a default and a value"),
        ("port: {typ: integer}", "has the unknown key 'typ'"),
        (
            "aws:region: {type: string}",
            "is of another namespace: it may have a value, but no type and no default",
        ),
        ("aws:region: {}", "is of another namespace and needs a value"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, block: str, message: str) -> None:
    key = block.partition(": ")[0]
    assert problems(tmp_path, "", f"config:\n  {block}\n") == [f"config/{key}: {message}"]


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("secretsprovider: awskms://x\n", "the secrets provider 'awskms://x'"),
        ("environment: [prod]\n", "Pulumi ESC environments"),
    ],
)
def test_what_the_engine_does_not_do_is_refused_by_name(tmp_path: Path, stack: str, message: str) -> None:
    assert problems(tmp_path, stack)[0].endswith(f"the embedded engine does not support {message}")


def test_a_stack_file_that_is_not_there_is_empty(project: Project) -> None:
    assert StackFile.read(project, "none") == StackFile(project.stack_file("none"))


def test_the_config_does_not_show_its_values(tmp_path: Path) -> None:
    assert "opened" not in repr(load(tmp_path, GOOD))
