"""`dockyard check`: any program planned without providers, state and passphrase."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from dockyard.engine import check
from dockyard.engine.check import Violation
from dockyard.engine.events import Diagnostic
from dockyard.engine.project import Project
from dockyard.engine.secrets import PassphraseManager
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.errors import DockyardError

THING = "yard:index:Thing"


@pytest.fixture
def plan(lab):
    """Checks a program of things, or a text, in a stack that has a file."""

    def plan(*things, program="", judge=None, **rest):
        lab.write(*things, **rest)
        if program:
            (lab.root / "__main__.py").write_text(textwrap.dedent(program))
        if not (lab.root / "Pulumi.dev.yaml").exists():
            lab.configure()
        lab.events = []
        return check.run(Project.find(lab.root), "dev", lab.events.append, judge)

    return plan


@pytest.fixture
def command(lab):
    """Runs `dockyard check` there with nothing of Pulumi in its environment."""

    def command(*arguments, **environment):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AWS_"))}
        return subprocess.run(
            [sys.executable, "-m", "dockyard.cli", "-C", str(lab.root), "check", "-s", "dev", *arguments],
            env={**kept, **lab.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command


def thing(name, kind=THING, options=None, **props):
    return {"name": name, "type": kind, "props": props or {"value": 1}, "options": options or {}}


def named(plan, name):
    (found,) = (state for state in plan.resources if state.urn.endswith(f"::{name}"))
    return found


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_every_resource_is_planned_and_no_plugin_starts(lab, plan):
    """Those of providers that are nowhere too; nothing is written."""
    plan(thing("a"))
    before = files(lab.folder)
    made = plan(thing("a"), thing("bucket", kind="nowhere:s3:Bucket"))
    assert made.ok
    assert {state.type for state in made.resources} >= {
        THING,
        "nowhere:s3:Bucket",
        "pulumi:providers:nowhere",
    }
    assert lab.calls() == []
    after = files(lab.folder)
    assert after.keys() == before.keys()


def test_outputs_are_the_inputs_and_the_rest_is_unknown(plan):
    """Also where another resource is made from them; a secret stays one."""
    made = plan(
        thing("a", value=1, word={"$secret": "hush"}),
        thing("b", value={"$from": "a.value"}, token={"$from": "a.token"}, word={"$from": "a.word"}),
        outputs={"id": {"$from": "b.id"}, "word": {"$from": "b.word"}},
    )
    assert named(made, "b").inputs == {"value": 1, "token": UNKNOWN, "word": Secret("hush")}
    assert made.outputs == {"id": UNKNOWN, "word": Secret("hush")}


def test_an_output_that_is_said_to_be_secret_is_an_unknown_secret(plan):
    """`additional_secret_outputs`, as the clouds' SDKs say it of keys and passwords."""
    made = plan(
        thing("a", options={"additional_secret_outputs": ["token"]}), outputs={"token": {"$from": "a.token"}}
    )
    assert made.outputs == {"token": Secret(UNKNOWN)}


def test_what_is_looked_up_imported_or_of_another_stack_is_planned(plan):
    """Nobody is asked; the id is the one that the program names."""
    made = plan(
        {**thing("seen"), "id": "seen-1"},
        thing("taken", options={"import_": "taken-1"}),
        {
            "name": "org/other/prod",
            "type": "pulumi:pulumi:StackReference",
            "id": "org/other/prod",
            "props": {},
        },
        outputs={"seen": {"$from": "seen.id"}, "token": {"$from": "seen.token"}},
    )
    assert made.ok
    assert named(made, "seen").external
    assert named(made, "taken").inputs == {"value": 1}
    assert made.outputs == {"seen": "seen-1", "token": UNKNOWN}


def test_a_component_that_a_plugin_hosts_stands_for_itself(plan):
    """With a warning: what it consists of is not in the plan."""
    made = plan(
        program="""
        import pulumi
        class Cluster(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("far:index:Cluster", name, {"size": 3, "host": None}, remote=True)
        pulumi.export("host", Cluster("c").host)
        """
    )
    assert made.ok
    assert made.outputs == {"host": UNKNOWN}
    assert [said.message for said in made.diagnostics] == [
        "c: what far:index:Cluster consists of is known to its plugin alone"
    ]


def test_a_function_asked_for_a_plain_value_is_named_with_its_line(plan):
    """The SDK would go on with None; the output form is unknown and fine."""
    made = plan(thing("a"), invoke="word")
    (error,) = made.errors
    assert "yard:index:upper is asked for a plain value" in error.message
    assert error.message.startswith("__main__.py:")
    assert error.source.file == "__main__.py"
    program = """
        import pulumi
        pulumi.export("upper", pulumi.runtime.invoke_output("far:index:upper", {}).apply(lambda got: got["upper"]))
    """
    assert plan(program=program).outputs == {"upper": UNKNOWN}


def test_two_resources_of_one_name_are_an_error(plan):
    """As in an `up`."""
    made = plan(thing("a"), thing("a"))
    assert not made.ok
    assert "two resources have the same URN" in made.errors[0].message


def test_the_program_is_judged_by_whoever_is_given(plan):
    """The judge sees every resource, parents first, with secrets and unknowns; a mandatory violation fails."""
    seen = []

    def judge(resources):
        seen.extend(resources)
        return [Violation("no-things", mandatory, "take it away", resources[-1].urn)]

    mandatory = False
    assert plan(thing("a"), judge=judge).ok
    mandatory = True
    assert not plan(thing("a"), judge=judge).ok
    assert seen[0].type == "pulumi:pulumi:Stack"
    assert "pulumi:providers:yard" in {state.type for state in seen}


def test_a_program_that_failed_is_not_judged(plan):
    """What it came to is not what it means."""
    made = plan(thing("a"), run_error="no", judge=lambda resources: [Violation("x", True, "y")])
    assert made.violations == ()
    assert not made.judged


CONFIG = """
    import pulumi
    config = pulumi.Config()
    pulumi.export("word", config.require_secret("word").apply(lambda word: word.upper()))
    pulumi.export("size", config.get_secret_int("size"))
    pulumi.export("plain", config.require("plain"))
"""


def test_what_is_encrypted_needs_a_passphrase_or_is_an_unknown_secret(lab, plan, monkeypatch):
    """And a wrong one is an error, as in an `up`."""
    manager = PassphraseManager.create("a test's passphrase")
    (lab.root / "Pulumi.dev.yaml").write_text(
        f"encryptionsalt: {manager.salt}\nconfig:\n  things:plain: text\n"
        f"  things:word: {{secure: {manager.encrypt('hush')}}}\n"
        f"  things:size: {{secure: {manager.encrypt('7')}}}\n"
    )
    assert plan(program=CONFIG).outputs == {"word": Secret("HUSH"), "size": Secret(7), "plain": "text"}
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    made = plan(program=CONFIG)
    assert made.ok
    assert made.outputs == {"word": Secret(UNKNOWN), "size": Secret(UNKNOWN), "plain": "text"}
    (said,) = lab.of(Diagnostic)
    assert said.message.endswith("planned with unknown secrets for things:size, things:word")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    with pytest.raises(DockyardError, match="incorrect passphrase"):
        plan(program=CONFIG)


def test_neither_state_nor_its_place_matters(lab, plan, monkeypatch):
    """A stack that is locked, or whose state this engine cannot read, is checked all the same."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://somewhere")
    assert plan(thing("a")).ok


def test_the_plan_is_printed_as_a_tree_with_counts(lab, plan, command):
    """Children below their parents; the stack and default providers are not counted."""
    group = {"kind": "component", "name": "group", "props": {}}
    plan(group, thing("b", options={"parent": "group"}), thing("a", options={"parent": "group"}))
    done = command()
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:-1] == [
        "dev",
        "└── + yard Group group",
        "    ├── + yard Thing a",
        "    └── + yard Thing b",
        "1 yard:index:Group",
        "2 yard:index:Thing",
    ]
    assert lines[-1].startswith("3 resources planned in ")


def test_json_masks_secrets_and_names_unknowns(plan, command):
    """Nothing secret is printed anywhere."""
    plan(thing("a", word={"$secret": "hush-hush"}), thing("b", token={"$from": "a.token"}))
    done = command("--json")
    assert "hush-hush" not in done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert {found["name"]: found["inputs"] for found in said["resources"] if found["type"] == THING} == {
        "a": {"word": "[secret]"},
        "b": {"token": "[unknown]"},
    }
    assert said["ok"]
    assert said["types"] == {THING: 2}
    assert said["violations"] is None


def test_a_program_s_problems_are_told_as_an_up_tells_them(lab, plan, command):
    """All of them, exit code 1, no tree and no traceback."""
    text = "SelfHostedRegistry 'images': 2 problems\n  users/ci: unknown key\n  port: must be a number"
    plan(thing("a"), run_error=text)
    done = command()
    assert done.returncode == 1
    assert done.stdout.startswith("failed in ")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    lab.run("up", ok=False)
    assert f"  error: {lab.of(Diagnostic)[0].message}\n" in done.stderr


def test_a_stack_without_a_file_is_an_error_that_names_those_with_one(lab, command):
    """A mistyped name is no empty plan."""
    (lab.root / "Pulumi.prod-eu.yaml").write_text("config: {}\n")
    (lab.root / "Pulumi.local.yaml").write_text("config: {}\n")
    done = command()
    assert done.returncode == 1
    assert done.stderr == (
        f"error: no stack named 'dev': there is no {lab.root}/Pulumi.dev.yaml\n"
        "hint: make that file; there are: local, prod-eu\n"
    )
