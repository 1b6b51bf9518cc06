"""The command line, in a project whose state was made by hand: nothing is deployed."""

import io
import json
import os
import subprocess
import sys

import pytest
from dockyard.cli import main, reading
from dockyard.cli.display import Screen, summary_line
from dockyard.cli.report import how_to_use
from dockyard.engine.events import Diagnostic, Op, Severity, StepDone, Summary
from rich.console import Console

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"word"'}
STACK = "pulumi:pulumi:Stack"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: python\nbackend:\n  url: file://.state\n")
    return tmp_path


@pytest.fixture
def run(project):
    """Runs the command there, with no terminal and no `pulumi` on PATH."""

    def run(*arguments, text="", path=None):
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
        done = subprocess.run(
            [sys.executable, "-m", "dockyard.cli", "-C", str(project), *arguments],
            env={**kept, "PATH": path or "/usr/bin:/bin"},
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def stack(run):
    """The stack `local` with a password among its outputs."""
    resource = {
        "urn": f"urn:pulumi:local::registry::{STACK}::registry-local",
        "custom": False,
        "type": STACK,
        "outputs": {"host": "localhost:1", "password": SECRET},
    }
    deployment = {"manifest": {"time": "2024-01-01T00:00:00Z", "magic": "", "version": ""}}
    exported = {"version": 3, "deployment": {**deployment, "resources": [resource]}}
    done = run("state", "import", "-s", "local", "--yes", text=json.dumps(exported))
    assert done.returncode == 0, done.stderr


def test_an_unknown_verb_is_a_wrong_command_line(run):
    done = run("deploy")
    assert done.returncode == 2
    assert "No such command 'deploy'" in done.stderr


def test_a_stack_must_be_named(run):
    done = run("outputs")
    assert done.returncode == 2
    assert "Missing option '-s' / '--stack'" in done.stderr


def test_a_stack_that_there_is_not_is_an_error_with_a_hint(run):
    done = run("outputs", "-s", "local")
    assert done.returncode == 1
    assert done.stderr == (
        "error: no stack named 'local'\nhint: stacks: none yet; `dockyard up -s local` makes it\n"
    )


def test_outputs_are_masked_unless_they_are_asked_for(run, stack):
    assert run("outputs", "-s", "local").stdout == "host: localhost:1\npassword: [secret]\n"
    assert json.loads(run("outputs", "-s", "local", "--json").stdout)["password"] == "[secret]"
    shown = run("outputs", "-s", "local", "--json", "--show-secrets").stdout
    assert json.loads(shown) == {"host": "localhost:1", "password": "word"}
    assert run("outputs", "-s", "local", "--show-secrets", "password").stdout == "word\n"


def test_an_imported_secret_is_encrypted_on_disk(run, stack, project):
    texts = [path.read_text(errors="replace") for path in (project / ".state").rglob("*") if path.is_file()]
    assert any("localhost:1" in text for text in texts)
    assert not any('"word"' in text or '\\"word\\"' in text for text in texts)


def test_an_output_that_there_is_not_names_those_that_there_are(run, stack):
    done = run("outputs", "-s", "local", "colour")
    assert done.returncode == 1
    assert done.stderr == "error: stack 'local' has no output 'colour'\nhint: its outputs: host, password\n"


def test_without_a_terminal_it_does_nothing_unless_told_yes(run, stack):
    done = run("destroy", "-s", "local")
    assert done.returncode == 1
    assert "engine: embedded (no `pulumi` on PATH)\n" in done.stderr
    assert done.stderr.endswith("error: nobody can be asked here\nhint: add --yes\n")


def test_the_engine_that_was_asked_for_is_said(run, stack):
    assert "engine: embedded (as asked for)" in run("destroy", "-s", "local", "--engine", "embedded").stderr


def test_pulumi_is_asked_for_but_not_there(run, stack):
    done = run("preview", "-s", "local", "--engine", "pulumi")
    assert done.returncode == 1
    assert done.stderr.startswith("error: `pulumi` is not on PATH\n")


@pytest.fixture
def pulumi(tmp_path):
    """A stand-in for the Pulumi CLI: it says what it was given, and fails at everything but `stack`. Gives the PATH."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "pulumi").write_text('#!/bin/sh\necho "$PULUMI_BACKEND_URL $*"\n[ "$1" = stack ] || exit 7\n')
    (tools / "pulumi").chmod(0o755)
    return f"{tools}:/usr/bin:/bin"


def test_pulumi_on_path_is_used_with_our_state_and_its_exit_code_is_ours(run, stack, pulumi, tmp_path):
    done = run("up", "-s", "local", "--yes", path=pulumi)
    assert done.returncode == 7
    assert f"engine: pulumi ({tmp_path}/tools/pulumi)" in done.stderr
    copy = tmp_path / ".state" / "Pulumi.local.yaml"
    assert done.stdout == (
        f"file://{tmp_path}/.state up -s local --config-file {copy} --yes --skip-preview\n"
    )


def test_pulumi_writes_its_salt_to_a_copy_of_the_stacks_file(run, stack, pulumi, project):
    text = "# ours\nconfig:\n  registry:port: 8443\n"
    (project / "Pulumi.local.yaml").write_text(text)
    run("preview", "-s", "local", path=pulumi)
    assert (project / "Pulumi.local.yaml").read_text() == text
    copy = json.loads((project / ".state" / "Pulumi.local.yaml").read_text())
    state = json.loads((project / ".state/.pulumi/stacks/registry/local.json").read_text())
    assert copy == {
        "config": {"registry:port": 8443},
        "encryptionsalt": state["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"],
    }


def test_a_stacks_file_that_pulumi_keeps_already_is_left_to_it(run, stack, pulumi, project):
    (project / "Pulumi.local.yaml").write_text("secretsprovider: awskms://alias/key\n")
    done = run("up", "-s", "local", "--yes", path=pulumi)
    assert done.stdout == f"file://{project}/.state up -s local --yes --skip-preview\n"


def test_a_new_stack_is_made_before_pulumi_gets_the_verb(run, pulumi):
    assert run("up", "-s", "new", "--yes", path=pulumi).returncode == 7
    assert run("stack", "ls").stdout == "new\n"


def test_a_stack_that_there_is_not_is_neither_made_nor_destroyed(run, pulumi):
    done = run("destroy", "-s", "typo", "--yes", path=pulumi)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: no stack named 'typo'\n" in done.stderr
    assert run("stack", "ls").stdout == ""


def test_no_registry_to_test_is_said(run, stack):
    done = run("smoke", "-s", "local")
    assert (done.returncode, done.stderr) == (
        1,
        "error: stack 'local' has no registry to test: no output username, users\n",
    )


def test_outside_of_a_project_it_says_so(run, project):
    (project / "Pulumi.yaml").unlink()
    done = run("stack", "ls")
    assert done.returncode == 1
    assert "Pulumi.yaml" in done.stderr


def test_a_fault_of_ours_says_so_below_its_traceback(monkeypatch, capsys):
    monkeypatch.setattr(reading, "list_stacks", lambda **_: 1 / 0)
    with pytest.raises(SystemExit) as stopped:
        main(["stack", "ls"])
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero\n" in said
    assert said.endswith("please report it with the lines above\n")


def test_something_else_than_a_state_is_not_imported(run):
    done = run("state", "import", "-s", "local", "--yes", text="no json")
    assert done.returncode == 1
    assert done.stderr.startswith("error: this is no exported state: ")


def test_stacks_are_listed(run, stack):
    assert run("stack", "ls", "--json").stdout == '["local"]\n'


def test_nothing_done_is_no_changes():
    summary = Summary("up", {Op.SAME: 3}, 1.0, {})
    assert summary_line(summary).startswith("no changes")


def test_a_person_is_told_address_users_login_and_trust():
    outputs = {"host": "h:1", "username": "ci", "users": {"ci": "word"}}
    lines = "\n".join(how_to_use({**outputs, "caCertificate": "PEM"}, "local", "dockyard"))
    assert "ca.crt" not in "\n".join(how_to_use({**outputs, "caCertificate": ""}, "local", "dockyard"))
    assert "docker login h:1 --username ci --password-stdin" in lines
    assert "/etc/docker/certs.d/h:1/ca.crt" in lines
    assert "word" not in lines.replace("password", "")


def test_what_the_system_refuses_is_said_with_its_path(monkeypatch, capsys):
    def refused(**_):
        raise PermissionError(13, "Permission denied", "/srv/.state")

    monkeypatch.setattr(reading, "list_stacks", refused)
    with pytest.raises(SystemExit) as stopped:
        main(["stack", "ls"])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "error: /srv/.state: Permission denied\n"


def test_a_reader_that_goes_away_is_no_fault(run, stack, project):
    program = [sys.executable, "-m", "dockyard.cli", "-C", str(project), "state", "export", "-s", "local"]
    unread, writing = os.pipe()
    os.close(unread)
    done = subprocess.run(
        program, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_mistyped_stack_makes_none(run, project):
    (project / "Pulumi.local.yaml").write_text("config: {}\n")
    done = run("up", "-s", "localx", "--yes")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        f"error: no stack named 'localx': there is no {project}/Pulumi.localx.yaml",
        "hint: make that file; there are: local",
    ]
    assert not (project / ".state" / ".pulumi" / "stacks").exists()


def test_a_failure_is_told_once_and_counted():
    console = Console(width=200, record=True, file=io.StringIO())
    screen = Screen(console, "up", quiet=False)
    screen.take(StepDone(Op.UPDATE, "urn", "dockyard:index:Host", "host", error="no space\nhint: free some"))
    screen.take(Diagnostic(Severity.ERROR, "updating: no space\nhint: free some", "urn"))
    screen.take(Diagnostic(Severity.ERROR, "something else", "urn"))
    screen.take(Summary("up", {Op.SAME: 3}, 1.0, failed=True))
    assert console.export_text() == (
        "~ Host host failed\n  error: no space\nhint: free some\n  error: something else\nfailed: 3 unchanged, 1 failed in 1.0 s\n"
    )
