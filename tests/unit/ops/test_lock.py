"""One operation at a time; and what is remembered of each."""

import json
import os
import signal
import subprocess
import sys

import pytest
from dockyard.ops import results
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import locked

HOLD = """
import sys, pathlib
from dockyard.ops.lock import locked
with locked(pathlib.Path(sys.argv[1]), "drill"):
    print(1, flush=True)
    input()
"""


def test_the_second_is_refused_and_told_who_is_first(tmp_path):
    told = rf"busy: backup \(pid {os.getpid()}, since"
    with locked(tmp_path, "backup"), pytest.raises(OpsError, match=told), locked(tmp_path, "restore"):
        raise AssertionError("two hold it")


def test_it_is_free_again_after_an_error(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path, "backup"):
        raise KeyError
    with locked(tmp_path, "restore"):
        assert (tmp_path / "lock").read_text().startswith("restore (pid ")
    assert (tmp_path / "lock").read_text() == ""


def test_a_kill_frees_it(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(OpsError, match="busy: drill"), locked(tmp_path, "backup"):
            raise AssertionError("two hold it")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with locked(tmp_path, "backup"):
            assert (tmp_path / "lock").read_text().startswith("backup")


def test_a_success_and_a_failure_are_remembered(tmp_path):
    with results.remembered(tmp_path, "backup") as found:
        found["snapshot"] = "abc"
    first = results.last(tmp_path, "backup")
    assert (first["snapshot"], first["error"], first["succeeded"] >= first["started"] > 0) == (
        "abc",
        "",
        True,
    )
    with pytest.raises(OpsError), results.remembered(tmp_path, "backup"):
        raise OpsError("no restic")
    second = results.last(tmp_path, "backup")
    assert (second["error"], second["succeeded"], second["snapshot"]) == (
        "no restic",
        first["succeeded"],
        "abc",
    )


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_what_cannot_be_read_is_a_job_that_never_ran(tmp_path, text):
    (tmp_path / "drill.json").write_text(text)
    assert results.last(tmp_path, "drill")["succeeded"] == 0


def test_what_is_remembered_is_json_for_others(tmp_path):
    results.remember(tmp_path, "drill", broken=["x"])
    assert json.loads((tmp_path / "drill.json").read_text())["broken"] == ["x"]
