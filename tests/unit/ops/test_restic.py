"""What is made of restic's answers, by a stand-in that gives them."""

import datetime
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from dockyard.ops import restic
from dockyard.ops.errors import OpsError
from dockyard.ops.restic_locks import left

from tests.support.instance import wait_until

NOW = datetime.datetime.now(datetime.UTC)
STAND_IN = """#!{python} -IS
import pathlib, sys
folder = pathlib.Path({folder!r})
with open(folder / "calls", "a") as calls:
    print(*[word for word in sys.argv[1:] if not word.startswith("--")], file=calls)
if "forget" not in sys.argv and "unlock" not in sys.argv:
    print((folder / "out").read_text())
    print((folder / "err").read_text(), file=sys.stderr)
    sys.exit(int((folder / "code").read_text()))
"""


class Lab:
    """A repository whose restic answers as it is told."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in (
            ("repository", "rest:https://me:hush-hush@host/\n"),
            ("environment", "KEY=topsecret\n"),
        ):
            (folder / name).write_text(text)
        self.settings = SimpleNamespace(
            instance="main",
            state=folder,
            repository_file=folder / "repository",
            password_file=folder / "password",
            environment_file=folder / "environment",
            keep={"daily": 7, "weekly": 0},
        )

    def answers(self, code=0, out="", err=""):
        for name, text in (("code", str(code)), ("out", out), ("err", err)):
            (self.folder / name).write_text(text)
        return restic.Restic(self.settings)

    def refusal(self, code=1, err=""):
        with pytest.raises(OpsError) as refused:
            self.answers(code, "", err).check(1, 7)
        return refused.value


@pytest.fixture
def lab(tmp_path, monkeypatch):
    program = tmp_path / "restic"
    program.write_text(STAND_IN.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    monkeypatch.setattr(restic.shutil, "which", lambda name, path: str(program))
    return Lab(tmp_path)


def test_without_restic_it_is_said_how_to_get_it(lab, monkeypatch):
    monkeypatch.setattr(restic.shutil, "which", lambda name, path: None)
    with pytest.raises(OpsError) as refused:
        restic.Restic(lab.settings)
    assert (refused.value.message, refused.value.hint) == (
        "restic is not installed",
        "install it: sudo apt-get install restic",
    )


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (
            "Fatal: wrong password or no key found",
            "the password does not open the repository",
            "`password` of",
        ),
        ("write /x: no space left on device", "no space left", "another disk"),
        ("unable to create lock in backend", "another restic is at work", "try again"),
        ("Is there a repository at the following location?", "no backup repository yet", "`dockyard backup`"),
    ],
)
def test_the_usual_failures_are_explained(lab, said, message, hint):
    refused = lab.refusal(err=said)
    assert message in refused.message
    assert hint in refused.hint


def test_other_failures_end_in_restic_s_own_words_less_what_is_secret(lab):
    refused = lab.refusal(err="cannot reach rest:https://me:hush-hush@host/\nkey topsecret refused")
    assert refused.message == (
        "restic check failed (exit code 1):\n    cannot reach [secret]\n    key [secret] refused"
    )


def test_a_password_in_an_address_is_hidden_however_the_address_is_spelt(lab):
    assert "hush-hush" not in lab.refusal(err="dial https://me:hush-hush@host/x").message


def test_a_snapshot_that_lacks_files_is_forgotten_again(lab):
    summary = '{"message_type": "summary", "snapshot_id": "abc"}'
    with pytest.raises(OpsError, match="exit code 3"):
        lab.answers(3, summary, "cannot read a file").backup([])
    assert (lab.folder / "calls").read_text().splitlines()[-1] == "forget abc"


def test_what_a_repository_needs_is_passed_by_files_and_environment_alone(lab):
    made = lab.answers()
    made.forget()
    assert not any("hush" in word or "topsecret" in word for word in made._base)
    assert made._environment()["KEY"] == "topsecret"
    assert "RESTIC_PASSWORD" not in made._environment()


def test_snapshots_come_the_oldest_first(lab):
    listed = '[{"time": "2026-02-01T00:00:00Z"}, {"time": "2026-01-01T00:00:00Z"}]'
    assert [s["time"][:7] for s in lab.answers(out=listed).snapshots()] == ["2026-01", "2026-02"]
    assert lab.answers(out="null").snapshots() == []


def test_locks_that_cannot_be_looked_at_stay(lab):
    assert "another restic is at work" in lab.refusal(err="unable to create lock in backend: locked").message
    assert (lab.folder / "calls").read_text().splitlines() == ["check", "list locks"]


def lock(pid: int, minutes: int = 0, host: str = "") -> dict[str, object]:
    """With nanoseconds, as restic writes them."""
    then = (NOW - datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.123456789+00:00")
    return {"time": then, "hostname": host or os.uname().nodename, "pid": pid}


def test_a_lock_is_left_where_its_process_is_no_restic_any_more():
    assert left(lock(os.getpid()), NOW), "another program has its number"
    assert not left(lock(1, host="another"), NOW), "nobody can tell from here"
    assert left(lock(1, 31, "another"), NOW), "a running one is written anew each five minutes"
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "restic"])
    try:
        # A command line is there a moment after the program.
        wait_until(lambda: not left(lock(running.pid), NOW), "it to be taken for restic")
    finally:
        running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    assert left(lock(running.pid), NOW), "it has ended, and nobody has waited for it"
    running.wait()
    assert left(lock(running.pid), NOW)
