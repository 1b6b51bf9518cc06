"""Jobs by the clock, as supervisord and systemd run them."""

import json
import os
import signal
import subprocess

import pytest
from dockyard.ops import results

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.support.instance import running, wait_until
from tests.support.operations import SETTINGS, Registry

pytestmark = pytest.mark.integration


def test_a_new_registry_is_backed_up_checked_and_proven_by_itself(timed: Registry) -> None:
    """supervisord runs the program; a tick is what a timer of systemd starts."""
    timed.push("team/app", "1", b"layer" * 100)
    wait_until(lambda: results.last(timed.state, "backup")["succeeded"], "the first backup")
    pids = [
        int(line.split()[0])
        for line in processes()
        if f"keep --config {timed.etc}" in line and "--group operations" in line
    ]
    assert len(pids) == 1
    os.kill(pids[0], signal.SIGKILL)
    first = results.last(timed.state, "backup")
    for _ in range(2):
        subprocess.run(timed.command("tick"), stdout=subprocess.DEVNULL, check=True, timeout=120)
        wait_until(lambda: results.last(timed.state, "drill")["succeeded"], "the drill")
    assert results.last(timed.state, "backup")["started"] == first["started"], "none was doubled"
    assert results.last(timed.state, "check")["part"] == 1
    assert results.last(timed.state, "drill")["error"] == ""
    assert len(json.loads(timed.restic("snapshots", "--json"))) == 1


@pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)}")
def test_retention_runs_by_itself() -> None:
    """What the timer of systemd starts for it is the same command as by hand."""
    rules = {"keep_last": 1, "untagged_days": 1}
    with running({**SETTINGS, "retention": rules}, PASSWORDS) as instance:
        registry = Registry(instance)
        wait_until(lambda: results.last(registry.state, "retention")["succeeded"], "the first run")
        assert results.last(registry.state, "gc")["started"] == 0, "that was switched off"


def processes() -> list[str]:
    return subprocess.run(
        ["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
