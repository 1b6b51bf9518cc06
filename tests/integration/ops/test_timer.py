"""Jobs by the clock, as supervisord and systemd run them."""

import json
import os
import signal
import subprocess

import pytest
from dockyard.ops import results
from dockyard.ops.schedule import GROUPS

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.integration.ops.test_doctor import supervisor
from tests.support.instance import running, wait_until
from tests.support.operations import SETTINGS, Registry
from tests.support.processes import descendants, status

pytestmark = pytest.mark.integration
GROUP = "--group operations"


def test_a_new_registry_is_backed_up_checked_and_proven_by_itself(timed: Registry) -> None:
    """supervisord runs the program; a tick is what a timer of systemd starts."""
    timed.push("team/app", "1", b"layer" * 100)
    wait_until(lambda: results.last(timed.state, "backup")["succeeded"], "the first backup")
    backup = started(timed)["backup"]
    (pid,) = keepers(timed)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: results.last(timed.state, "drill")["succeeded"], "check and drill, started again", 120)
    first = started(timed)
    for _ in range(2):
        tick(timed)
    assert started(timed) == {**first, "backup": backup}, "none was doubled"
    assert results.last(timed.state, "check")["part"] == 1
    assert results.last(timed.state, "drill")["error"] == ""
    assert len(json.loads(timed.restic("snapshots", "--json"))) == 1
    supervisor(timed, "stop", "operations")
    (timed.state / "drill.json").unlink()
    tick(timed)
    assert results.last(timed.state, "drill")["succeeded"]
    again = started(timed)
    assert [job for job in first if again[job] != first[job]] == ["drill"]


def tick(registry: Registry) -> None:
    subprocess.run(registry.command("tick"), stdout=subprocess.DEVNULL, check=True, timeout=120)


def started(registry: Registry) -> dict[str, float]:
    return {job: results.last(registry.state, job)["started"] for job in GROUPS["operations"]}


@pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)}")
def test_retention_runs_by_itself() -> None:
    """What the timer of systemd starts for it is the same command as by hand."""
    rules = {"keep_last": 1, "untagged_days": 1}
    with running({**SETTINGS, "retention": rules}, PASSWORDS) as instance:
        registry = Registry(instance)
        wait_until(lambda: results.last(registry.state, "retention")["succeeded"], "the first run")
        assert results.last(registry.state, "gc")["started"] == 0, "that was switched off"


def keepers(registry: Registry) -> list[int]:
    """Programs of the group: not a job, which has its keeper's command line until it has its own."""
    supervisord, wanted = registry.instance.pid("supervisord.pid"), f"keep --config {registry.etc}"
    found = [pid for pid, text in descendants(supervisord).items() if wanted in text and GROUP in text]
    return [pid for pid in found if status(pid).get("PPid") == str(supervisord)]
