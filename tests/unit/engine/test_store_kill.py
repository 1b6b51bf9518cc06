"""Killed at any moment, the state holds every step that was done."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine.backend import Backend
from dockyard.engine.store import StackStore

# Steps on a state, each told on stdout once it is done. Killed at a random moment by the test.
STEPS = """
import sys
from pathlib import Path
from dockyard.engine import store as stores
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.store import StackStore
from dockyard.engine.values import Secret

root, limit, floor = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
stores.WHOLE_LIMIT, stores._JOURNAL_FLOOR = limit, floor
backend = Backend.open(f"file://{root}/state", root)
with backend.lock("registry", "local"):
    store = StackStore.open(backend, "registry", "local")
    print("ready", flush=True)
    for number in range(100000):
        name = f"r{number}"
        urn = f"urn:pulumi:local::registry::dockyard:index:Host::{name}"
        state = ResourceState(urn, "dockyard:index:Host", True, id=name, outputs={"p": Secret("hunter2")})
        store.begin("creating", state)
        store.put(state)
        print("put", name, flush=True)
        if number % 3 == 0:
            store.drop(state)
            print("drop", name, flush=True)
        if number % 7 == 0:
            store.commit()
"""


@pytest.mark.parametrize(
    ("limit", "floor"), [(10**9, 0), (0, 10**9), (2000, 1500)], ids=["whole", "journal", "both"]
)
def test_a_kill_at_any_moment_forgets_no_step_that_was_done(
    tmp_path: Path, backend: Backend, desk: Any, limit: int, floor: int
) -> None:
    backend.manager("")
    chance = random.Random(limit)
    command = [sys.executable, "-c", STEPS, str(tmp_path), str(limit), str(floor)]
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            told = [child.stdout.readline() for _ in range(1 + chance.randrange(60))]
            os.kill(child.pid, signal.SIGKILL)
            told += child.stdout.readlines()
        check_reload(desk, [line.split() for line in told if line.endswith("\n")])
        backend.remove_stack("registry", "local", force=True)


# The same at every single point: a child per call that changes a file, killed right before or right after it.
KILL_POINTS = """
import json, os, signal, sys
from pathlib import Path
from dockyard.engine import store as stores
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.store import StackStore

root, limit, floor = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
stores.WHOLE_LIMIT, stores._JOURNAL_FLOOR = limit, floor
backend = Backend.open(f"file://{root}/state", root)
backend.manager("")

def resource(name):
    return ResourceState(f"urn:pulumi:local::registry::dockyard:index:Host::{name}", "dockyard:index:Host", True, id=name)

def steps(store, done):
    a, b, b2, b3 = (resource(name) for name in ("a", "b", "b", "b"))
    for state in (a, b):
        store.begin("creating", state)
        store.put(state)
        done(store)
    store.replace(b, b2)
    done(store)
    store.condemn(b2, b3)
    done(store)
    store.drop(b2)
    done(store)
    store.commit()
    store.put(resource("c"))
    done(store)
    store.drop(a)
    done(store)
    store.commit()
    done(store)

def arm(point):
    count = 0
    def wrap(name):
        original = getattr(os, name)
        def call(*args, **kwargs):
            nonlocal count
            for before in (True, False):
                if not before:
                    result = original(*args, **kwargs)
                count += 1
                if count == point:
                    os.kill(os.getpid(), signal.SIGKILL)
            return result
        setattr(os, name, call)
    for name in ("replace", "unlink", "write", "open", "ftruncate"):
        wrap(name)

def show(store):
    return [state.urn.rpartition("::")[2] + "!" * state.delete for state in store.resources]

for point in range(1, 1000):
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        store = StackStore.open(backend, "registry", "local")
        write = os.write
        arm(point)
        steps(store, lambda store: write(outside, json.dumps(show(store)).encode() + b"\\n"))
        os._exit(0)
    os.close(outside)
    with os.fdopen(inside) as pipe:
        told = [json.loads(line) for line in pipe]
    status = os.waitpid(child, 0)[1]
    reloaded = StackStore.open(backend, "registry", "local")
    found, stray = show(reloaded), reloaded.stray_journal is not None
    reloaded.commit()
    again = show(StackStore.open(backend, "registry", "local"))
    print(json.dumps({"killed": status != 0, "told": told, "found": found, "again": again, "stray": stray}))
    backend.remove_stack("registry", "local", force=True)
    if status == 0:
        break
"""
AFTER_EACH = [
    [],
    ["a"],
    ["a", "b"],
    ["a", "b"],
    ["a", "b", "b!"],
    ["a", "b"],
    ["a", "b", "c"],
    ["b", "c"],
    ["b", "c"],
]


@pytest.mark.parametrize(
    ("limit", "floor"), [(10**9, 0), (0, 10**9), (0, 0)], ids=["whole", "journal", "both"]
)
def test_a_kill_at_each_point_leaves_what_was_done_or_one_step_more(
    tmp_path: Path, limit: int, floor: int
) -> None:
    command = [sys.executable, "-c", KILL_POINTS, str(tmp_path), str(limit), str(floor)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=200).stdout
    results = [json.loads(line) for line in printed.splitlines()]
    assert len(results) > 30
    assert [result["killed"] for result in results] == [True] * (len(results) - 1) + [False]
    for result in results:
        done = len(result["told"])
        assert result["told"] == AFTER_EACH[1 : done + 1]
        assert result["found"] in AFTER_EACH[done : done + 2]
        assert result["again"] == result["found"]
        assert not result["stray"]


def check_reload(desk: Any, told: list[list[str]]) -> None:
    """All that was told is there; beside it at most the one step that was done and could not be told any
    more."""
    expected: list[str] = []
    for step in told[1:]:
        expected = (
            [*expected, step[1]] if step[0] == "put" else [name for name in expected if name != step[1]]
        )
    with desk.backend.lock("registry", "local"):
        store = StackStore.open(desk.backend, "registry", "local")
        found = desk.names(store.resources)
        assert store.stray_journal is None
        store.commit()
    assert len(set(found) ^ set(expected)) <= 1
    assert found == sorted(found, key=lambda name: int(name[1:]))
    assert desk.on_disk() == found
