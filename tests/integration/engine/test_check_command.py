"""`dockyard check` as a person and a pipeline run it: the tree, JSON, SARIF, errors."""

import json

from dockyard.engine.events import Diagnostic

THING = "yard:index:Thing"


def thing(name, kind=THING, options=None, **props):
    return {"name": name, "type": kind, "props": props or {"value": 1}, "options": options or {}}


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
        "",
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


def test_a_configuration_that_is_refused_is_in_the_sarif_too(lab, command):
    """The command line has the last word on two documents for one output."""
    (lab.root / "Pulumi.yaml").write_text(
        "name: things\nruntime: python\nconfig:\n  size:\n    type: integer\n"
    )
    (lab.root / "Pulumi.dev.yaml").write_text("config:\n  things:size: many\n")
    done = command("--sarif", "-")
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert "config/things:size: must be of type integer" in result["message"]["text"]
    assert "config/things:size: must be of type integer" in done.stderr
    assert command("--json", "--sarif", "-").returncode == 2
