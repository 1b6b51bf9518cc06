"""The change of the program, killed anywhere: writes are let in again by themselves, and the next `up` finishes."""

import contextlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from dockyard.errors import DockyardError
from dockyard.provider.agent.record import Record

from tests.integration.ops.test_kills import lost
from tests.support.instance import wait_until
from tests.support.processes import kill_below_this_one
from tests.support.pushing import Pushing
from tests.support.upgrades import Yard

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]


def record(applied: Yard) -> Record:
    (path,) = applied.instance.folder.glob("*/.host-*.json")
    return Record.load(path)


def closed(applied: Yard) -> bool:
    return Path(applied.instance.plan.paths.read_only).exists()


def written(applied: Yard) -> bool:
    return "maxtags" in Path(applied.instance.plan.paths.etc, "registry.yml").read_text()


def at_work(applied: Yard) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return applied.program().endswith("/build/bin/registry")
    return False


def let_in(applied: Yard, waits: bool) -> bool:
    """Whether writes are. waits: supervisord's program looks once a minute; else it is done by hand, as a timer of systemd has it done."""
    if closed(applied) and not waits:
        command = applied.registry.command("tick", "--group", "upkeep")
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=240, check=True)
    return not closed(applied)


POINTS: dict[str, Callable[[Yard], bool]] = {
    "tried": lambda applied: Path(applied.instance.plan.paths.run, "registry/rehearsal").exists(),
    "closed": closed,
    "switching": lambda applied: record(applied).switching,
    "written": written,
    "started": at_work,
}


@pytest.mark.parametrize(
    ("victim", "point"),
    [*(("agent", point) for point in POINTS), ("worker", "closed"), ("worker", "started")],
)
def test_a_killed_change_is_finished_by_the_next_up(
    applied: Yard, three: str, victim: str, point: str
) -> None:
    before, pushing = applied.answered(), Pushing(applied.instance)
    errors: list[DockyardError] = []

    def change() -> None:
        try:
            applied.up(version="3", program=three)
        except DockyardError as error:
            errors.append(error)

    with pushing.at_work(2):
        thread = threading.Thread(target=change)
        thread.start()
        told = f"the change to be {point}"
        wait_until(lambda: POINTS[point](applied) or not thread.is_alive(), told, 600)
        kill_below_this_one(f"{victim}/__main__.py")
        thread.join()
        assert errors, "the change had ended before it was killed"
        wait_until(lambda: let_in(applied, waits=point == "started"), "writes to be let in again", 240)
        applied.up()
    assert not applied.up()
    assert (record(applied).switching, record(applied).registry["version"]) == (False, "3")
    assert at_work(applied)
    assert applied.answered().items() >= before.items()
    assert (pushing.failures, lost(applied.registry, pushing.acknowledged)) == ([], [])


def test_a_killed_change_that_is_given_up_ends_with_the_old_program(applied: Yard, three: str) -> None:
    """Killed with the new files written, and the settings taken back: nothing of 3 is left."""
    before = applied.answered()
    errors: list[DockyardError] = []

    def change() -> None:
        with pytest.raises(DockyardError) as caught:
            applied.up(version="3", program=three)
        errors.append(caught.value)

    thread = threading.Thread(target=change)
    thread.start()
    wait_until(lambda: written(applied) or not thread.is_alive(), "the files to be written", 600)
    kill_below_this_one("agent/__main__.py")
    thread.join()
    assert errors
    applied.up(version="2", program=None)
    assert (applied.program(), written(applied)) == ("/usr/bin/docker-registry", False)
    assert record(applied).registry["version"] == "2"
    assert applied.answered() == before
    assert not applied.up()
