"""Two folders change places; and the switch of the front."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from dockyard.ops import front, swap
from dockyard.ops.settings import Settings, settings_of

CLOSE = """
import sys
from dockyard.ops.front import closed
from dockyard.ops.settings import settings_of
with closed(settings_of(sys.argv[1])):
    print(1, flush=True)
    input()
"""


def configuration(switch):
    """Of an instance with the switch, as `dockyard up` writes it."""
    texts = ("instance", "store", "state", "run_file", "registry", "account", "owner")
    files = ("repository_file", "password_file", "environment_file")
    return json.dumps(
        {**dict.fromkeys((*texts, *files), ""), "read_only": str(switch), "keep": {}, "every": {}}
    )


def at(switch) -> Settings:
    return settings_of(configuration(switch))


@pytest.fixture
def folders(tmp_path):
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "which").write_text(name)
    return tmp_path / "new", tmp_path / "place", tmp_path / "old"


def test_they_change_places(folders):
    new, place, old = folders
    swap.put_in_place(new, place, old)
    assert ((place / "which").read_text(), (new / "which").read_text(), old.exists()) == (
        "new",
        "place",
        False,
    )


def test_nothing_need_be_in_the_place(folders):
    new, place, old = folders
    swap.put_in_place(new, place.with_name("empty"), old)
    assert (place.with_name("empty") / "which").read_text() == "new"


@pytest.fixture
def unable(monkeypatch):
    """A file system that cannot exchange."""

    class Library:
        def renameat2(self, *_):
            swap.ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(swap.ctypes, "CDLL", lambda *_, **__: Library())


def test_a_file_system_that_cannot_exchange_gets_two_renames(folders, unable):
    new, place, old = folders
    swap.put_in_place(new, place, old)
    assert ((place / "which").read_text(), (old / "which").read_text()) == ("new", "place")
    swap.recover(place, old)
    assert (place / "which").read_text() == "new"


def test_a_kill_between_two_renames_is_undone(folders):
    _, place, old = folders
    place.rename(old)
    swap.recover(place, old)
    assert (place / "which").read_text() == "place"


def test_other_errors_are_told(folders):
    new, place, old = folders
    with pytest.raises(FileNotFoundError):
        swap.put_in_place(new.with_name("none"), place, old)
    assert (place / "which").read_text() == "place"


def test_the_front_is_closed_for_a_while(tmp_path):
    switch = tmp_path / "read-only"
    with front.closed(at(switch)):
        assert switch.read_text() == front.MARK
    assert not switch.exists()


def test_a_kill_opens_it_again(tmp_path):
    switch = tmp_path / "read-only"
    command = [sys.executable, "-c", CLOSE, configuration(switch)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"1\n"
        assert switch.exists()
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while switch.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not switch.exists()


def test_a_switch_of_somebody_else_stays(tmp_path):
    switch = tmp_path / "read-only"
    switch.write_text("maintenance")
    with front.closed(at(switch)):
        assert switch.read_text() == "maintenance"
    assert switch.read_text() == "maintenance"


def test_one_that_was_left_behind_is_taken_over(tmp_path):
    switch = tmp_path / "read-only"
    switch.write_text(front.MARK)
    with front.closed(at(switch)):
        pass
    assert not switch.exists()


def test_where_no_front_runs_nothing_is_closed(tmp_path):
    with front.closed(at(tmp_path / "gone" / "read-only")):
        assert not (tmp_path / "gone").exists()
