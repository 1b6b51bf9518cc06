"""`dockyard users` changes the stack's file alone, and runs `up`."""

from pathlib import Path

import click
import pytest
from dockyard.cli import users, verbs
from dockyard.cli.command import cli
from dockyard.engine import yaml12
from dockyard.errors import DockyardError

STACK = """\
config:
  registry:users:
    admin: {admin: true}
    ci: {push: ["**"]}   # the builds
  registry:repositories:
    api: {pull: [ci, admin, ci], push: [ci]}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: registry\nruntime: python\nbackend:\n  url: file://.state\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://.state")
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(STACK)
    return file


def run(*arguments: str) -> None:
    cli.main(["users", *arguments, "-s", "local"], standalone_mode=False)


@pytest.fixture
def ups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The verbs that were run, none of them really."""
    ran: list[str] = []
    monkeypatch.setattr(verbs, "change", lambda verb, *_, **__: ran.append(verb))
    return ran


def test_a_rotation_is_written_and_rolled_out(file: Path, ups: list[str]) -> None:
    run("rotate", "ci", "--yes", "--overlap", "3")
    user = yaml12.load(file)["config"]["registry:users"]["ci"]
    assert (user["push"], user["overlapHours"]) == (["**"], 3)
    first = user["rotation"]
    run("rotate", "ci", "--yes")
    again = yaml12.load(file)["config"]["registry:users"]["ci"]
    assert again["overlapHours"] == 24
    assert again["rotation"] > first
    assert "# the builds" in file.read_text()
    assert ups == ["up", "up"]


def test_a_revoked_user_is_gone_from_users_and_repositories(file: Path, ups: list[str]) -> None:
    run("revoke", "ci", "--yes")
    assert yaml12.load(file)["config"] == {
        "registry:users": {"admin": {"admin": True}},
        "registry:repositories": {"api": {"pull": ["admin"], "push": []}},
    }
    assert ups == ["up"]


def test_the_only_user_and_one_that_there_is_not_are_refused(file: Path, ups: list[str]) -> None:
    with pytest.raises(DockyardError, match="no user 'late'"):
        run("rotate", "late", "--yes")
    run("revoke", "ci", "--yes")
    with pytest.raises(DockyardError, match="the only user"):
        run("revoke", "admin", "--yes")
    assert ups == ["up"]


def test_without_an_answer_the_file_stays(file: Path, ups: list[str]) -> None:
    with pytest.raises(DockyardError, match="nobody can be asked"):
        run("rotate", "ci")
    assert (file.read_text(), ups) == (STACK, [])


def test_whoever_answers_no_gets_the_file_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        assert "rotation" in file.read_text()
        raise click.Abort

    monkeypatch.setattr(verbs, "change", no)
    monkeypatch.setattr(users, "must_be_askable", lambda: None)
    with pytest.raises(click.Abort):
        run("rotate", "ci")
    assert file.read_text() == STACK


def test_a_failed_up_leaves_the_file_and_tells_what_to_run(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise DockyardError("the stack is locked")

    monkeypatch.setattr(verbs, "change", locked)
    with pytest.raises(DockyardError, match="locked"):
        run("revoke", "ci", "--yes")
    assert "ci" not in yaml12.load(file)["config"]["registry:users"]
    assert "dockyard up -s local" in capsys.readouterr().err
