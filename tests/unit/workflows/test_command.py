"""`dockyard workflow`, as it is typed."""

import pytest
import yaml
from click.testing import CliRunner
from dockyard.cli.command import cli, main

from tests.unit.workflows.samples import everything


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "workflows.yaml"
    path.write_text(yaml.safe_dump(everything()))
    return str(path)


def test_it_prints_what_it_would_write(settings):
    done = CliRunner().invoke(cli, ["workflow", "--settings", settings])
    assert done.exit_code == 0
    assert "# --- .github/workflows/deploy.yml\n# Deploys each stack" in done.output


def test_it_writes_once_and_then_nothing(settings, tmp_path):
    for state in ("written", "same"):
        done = CliRunner().invoke(cli, ["workflow", "--settings", settings, "--write", str(tmp_path)])
        assert {line.split()[0] for line in done.output.splitlines()} == {state}
    assert (tmp_path / ".github" / "workflows" / "check.yml").is_file()


def test_an_edited_workflow_is_shown_and_kept_unless_forced(settings, tmp_path, capsys):
    arguments = ["workflow", "--settings", settings, "--write", str(tmp_path)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    edited = tmp_path / ".github" / "workflows" / "drift.yml"
    missing = tmp_path / ".github" / "workflows" / "check.yml"
    edited.write_text("mine\n")
    missing.unlink()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert "-mine" in said
    assert ".github/workflows/drift.yml: is there, and differs" in said
    assert edited.read_text() == "mine\n"
    assert not missing.exists()
    assert CliRunner().invoke(cli, [*arguments, "--force"]).exit_code == 0
    assert edited.read_text() != "mine\n"


@pytest.mark.parametrize("text", ["a: [", "5", "stacks: {dev: {login: {aws: {}}}}"])
def test_bad_settings_are_told(text, tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(SystemExit) as stopped:
        main(["workflow", "--settings", str(path)])
    assert stopped.value.code == 1
    assert "Traceback" not in capsys.readouterr().err
