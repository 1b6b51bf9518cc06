"""An engine killed by SIGKILL at any point of an operation: the next one completes, with no orphan and no duplicate."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.instance import wait_until

KILLER = Path(__file__).with_name("killer.py")
POINTS_AT_MOST = 80


def thing(name, **props):
    options = props.pop("options", {})
    return {"name": name, "props": {"value": 1, **props}, "options": options}


FIRST = (thing("a"), {"name": "b", "props": {"value": {"$from": "a.token"}}})
# One of each: created, updated, replaced (new one first), replaced (old one first, with a dependent), deleted.
BEFORE = (
    thing("up"),
    thing("swap", identity="one"),
    thing("base", identity="one", options={"delete_before_replace": True}),
    {"name": "user", "props": {"identity": {"$from": "base.identity"}}},
    thing("gone"),
)
AFTER = (
    thing("new"),
    thing("up", value=2),
    thing("swap", identity="two"),
    thing("base", identity="two", options={"delete_before_replace": True}),
    {"name": "user", "props": {"identity": {"$from": "base.identity"}}},
)


def killed_at(lab, verb: str, number: int) -> subprocess.CompletedProcess:
    """Run a verb that is killed at a point."""
    environment = {**os.environ, **lab.environment}
    return subprocess.run(
        [sys.executable, str(KILLER), verb, str(lab.root), str(number)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def plugins_alive(lab) -> list[str]:
    """Processes that still run for the laboratory's world."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"YARD_WORLD={lab.world}".encode() in environment:
                found.append(entry.name)
    return found


def wait_until_alone(lab) -> None:
    wait_until(lambda: not plugins_alive(lab), "its plugins to end")


def kill_everywhere(lab, verb: str, check) -> int:
    """Kill a verb at each of its points in turn, from the same start each time; `check` sees what follows. The number of points."""
    start = lab.folder / "start"
    start.mkdir()
    for name in ("backend", "world"):
        if (lab.folder / name).exists():
            shutil.copytree(lab.folder / name, start / name)
    for number in range(POINTS_AT_MOST):
        done = killed_at(lab, verb, number)
        wait_until_alone(lab)
        if done.returncode == 0:
            return number
        assert done.returncode == -signal.SIGKILL, done.stderr
        check()
        for name in ("backend", "world"):
            shutil.rmtree(lab.folder / name, ignore_errors=True)
            if (start / name).exists():
                shutil.copytree(start / name, lab.folder / name)
        lab.world.mkdir(exist_ok=True)
    raise AssertionError(f"more than {POINTS_AT_MOST} points")


def settled(lab, expected: set[str]):
    """What must hold after the next run."""

    def check() -> None:
        lab.run("up")
        assert lab.things() == lab.ids() == expected
        assert not any(item.get("delete") or item.get("pendingReplacement") for item in lab.resources())
        assert '"pending_operations":[{' not in lab.state_file.read_text()

    return check


@pytest.mark.timeout(1800)
def test_a_first_up_killed_anywhere_is_completed_by_the_next(lab):
    """Before and after each write, and each create."""
    lab.write(*FIRST)
    assert kill_everywhere(lab, "up", settled(lab, {"a-0", "b-0"})) >= 10


@pytest.mark.timeout(1800)
def test_a_change_killed_anywhere_is_completed_by_the_next(lab):
    """With updates, deletions and both kinds of replacement."""
    lab.up(*BEFORE)
    lab.write(*AFTER)
    expected = {"new-0", "up-0", "swap-two", "base-two", "user-two"}
    assert kill_everywhere(lab, "up", settled(lab, expected)) >= 25


@pytest.mark.timeout(1800)
def test_a_destroy_killed_anywhere_is_completed_by_the_next(lab):
    """Nothing is left in world or state."""
    lab.up(*FIRST)

    def check() -> None:
        lab.run("destroy")
        assert lab.things() == set()
        assert lab.resources() == []

    assert kill_everywhere(lab, "destroy", check) >= 8


def test_an_interrupted_creation_is_reported(lab):
    """The next run says what may exist without being recorded, makes it again, and it is there once."""
    lab.up(thing("old"))
    lab.write(thing("old"), thing("a"))
    # Points: before it is begun, before it is created, before it is recorded.
    assert killed_at(lab, "up", 2).returncode == -signal.SIGKILL
    wait_until_alone(lab)
    assert lab.things() == {"old-0", "a-0"}
    assert lab.ids() == {"old-0"}
    lab.run("up")
    assert "a, interrupted while creating" in lab.said()
    assert lab.things() == lab.ids() == {"old-0", "a-0"}


def test_plugins_die_with_a_killed_engine(lab):
    """Even in the middle of a long creation."""
    lab.write(thing("a", slow=600))
    engine = subprocess.Popen(
        [sys.executable, str(KILLER), "up", str(lab.root), "1000"], env={**os.environ, **lab.environment}
    )
    try:
        wait_until(lambda: any(call.call == "create" for call in lab.calls()), "a creation")
        assert plugins_alive(lab)
    finally:
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
    wait_until_alone(lab)


def test_a_second_up_is_refused_and_names_the_first(lab):
    """Who holds the lock, and how to get rid of it."""
    lab.write(thing("a", slow=600))
    engine = subprocess.Popen(
        [sys.executable, str(KILLER), "up", str(lab.root), "1000"], env={**os.environ, **lab.environment}
    )
    try:
        wait_until(lambda: any(call.call == "create" for call in lab.calls()), "a creation")
        second = killed_at(lab, "up", 1000)
    finally:
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
    assert second.returncode == 1
    assert f"{engine.pid}" in second.stderr
    assert "dockyard cancel" in second.stderr
    wait_until_alone(lab)
