"""The live state: what a step leaves on disk, in which order, at which cost."""

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine import ordering
from dockyard.engine import store as stores
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.secrets import PassphraseManager
from dockyard.engine.store import StackStore
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError

STACK = "urn:pulumi:local::registry::pulumi:pulumi:Stack::registry-local"


def urn(name: str) -> str:
    return f"urn:pulumi:local::registry::dockyard:index:Host::{name}"


def resource(name: str, **fields: Any) -> ResourceState:
    given = {"id": f"id-{name}", "inputs": {"name": name}, **fields}
    return ResourceState(urn(name), "dockyard:index:Host", True, **given)


def open_store(backend: Backend, manager: PassphraseManager) -> StackStore:
    return StackStore.open(backend, "registry", "local", manager)


def names(found: list[ResourceState]) -> list[str]:
    return [state.urn.rpartition("::")[2] + ("!" if state.delete else "") for state in found]


def on_disk(backend: Backend) -> list[str]:
    """What a process that starts now would find."""
    document = backend.read("registry", "local")
    assert document is not None
    return [
        data["urn"].rpartition("::")[2] + ("!" if data.get("delete") else "") for data in document.resources
    ]


@pytest.fixture(params=["whole", "journal"])
def store(
    request: pytest.FixtureRequest,
    backend: Backend,
    manager: PassphraseManager,
    monkeypatch: pytest.MonkeyPatch,
) -> StackStore:
    """A store that writes the state whole at each step, and one that keeps a journal from the first step on."""
    if request.param == "journal":
        monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    return open_store(backend, manager)


def test_every_step_is_on_disk_when_its_method_returns(store: StackStore, backend: Backend) -> None:
    a, b, b2, b3 = resource("a"), resource("b"), resource("b", id="new"), resource("b", id="newer")
    store.begin("creating", a)
    assert on_disk(backend) == []
    store.put(a)
    assert on_disk(backend) == ["a"]
    store.put(b)
    store.replace(b, b2)
    assert on_disk(backend) == ["a", "b"]
    store.condemn(b2, b3)
    assert on_disk(backend) == ["a", "b", "b!"]
    assert names(store.resources) == on_disk(backend)
    store.drop(b2)
    store.drop(a)
    assert on_disk(backend) == ["b"]
    store.commit()
    assert on_disk(backend) == ["b"]
    assert not backend.files("registry", "local").journal.exists()


def test_a_pending_operation_is_on_disk_until_it_ends(store: StackStore, backend: Backend) -> None:
    def pending() -> list[tuple[str, str]]:
        document = backend.read("registry", "local")
        assert document is not None
        return [(data["type"], data["resource"]["urn"].rpartition("::")[2]) for data in document.operations]

    a, b = resource("a"), resource("b")
    store.begin("creating", a)
    store.begin("creating", b)
    assert pending() == [("creating", "a"), ("creating", "b")]
    store.end(a)
    assert pending() == [("creating", "b")]
    store.put(b)
    store.begin("deleting", b)
    assert pending() == [("deleting", "b")]
    store.drop(b)
    assert pending() == []


def test_a_creation_that_was_cut_off_is_known_until_it_is_made_good(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    store.begin("creating", resource("a"))
    store.begin("updating", resource("b"))
    again = open_store(backend, manager)
    assert names([pending.resource for pending in again.interrupted]) == ["a"]
    retried = resource("a")
    again.begin("creating", retried)
    again.end(retried)
    assert len(again.interrupted) == 1
    again.begin("creating", retried)
    again.put(retried)
    again.commit()
    assert again.interrupted == open_store(backend, manager).interrupted == []


def test_what_a_resource_needs_stands_before_it(store: StackStore, backend: Backend) -> None:
    """`b` was there first and now depends on `c`, which is new:

    a state in the old order would be refused by the CLI.
    """
    a, b, user = resource("a"), resource("b"), resource("user", dependencies=[urn("b")])
    for state in (a, b, user):
        store.put(state)
    c = resource("c")
    store.put(c)
    store.replace(b, resource("b", dependencies=[urn("c")]))
    assert on_disk(backend) == ["a", "c", "b", "user"]
    assert ordering.faults(store.resources) == []
    store.put(resource("d"))
    assert on_disk(backend) == ["a", "c", "b", "user", "d"]


def test_random_steps_never_leave_a_state_that_the_cli_refuses(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 2000)
    monkeypatch.setattr(stores, "_JOURNAL_FLOOR", 3000)
    chance = random.Random(4711)
    store = open_store(backend, manager)
    living: dict[str, ResourceState] = {}
    for number in range(150):
        # A new record depends only on what was registered before it, as in a run of the engine.
        allowed = [urn(name) for name in living]
        name = f"r{chance.randrange(12)}"
        old = living.pop(name, None)
        wanted = [found for found in chance.sample(allowed, min(2, len(allowed))) if found != urn(name)]
        independent = [found for found in wanted if urn(name) not in reach(living, found)]
        new = resource(
            name, dependencies=independent, outputs={"number": number, "secret": Secret(f"hunter2-{number}")}
        )
        if old is None:
            store.put(new)
        elif chance.random() < 0.3:
            store.condemn(old, new)
        else:
            store.replace(old, new)
        living[name] = new
        assert ordering.faults(store.resources) == []
        assert on_disk(backend) == names(store.resources)
    reloaded = open_store(backend, manager)
    assert [(state.urn, state.outputs) for state in reloaded.resources] == [
        (state.urn, state.outputs) for state in store.resources
    ]


def reach(living: dict[str, ResourceState], start: str) -> set[str]:
    by_urn = {state.urn: state for state in living.values()}
    found, waiting = {start}, [start]
    while waiting:
        for needed in ordering.needs(by_urn[waiting.pop()]) if waiting[-1] in by_urn else [waiting.pop()][:0]:
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def test_a_resource_found_by_an_alias_is_followed_by_what_refers_to_it(
    store: StackStore, backend: Backend
) -> None:
    old = resource("old")
    user = resource(
        "user", parent=urn("old"), dependencies=[urn("old")], property_dependencies={"x": [urn("old")]}
    )
    store.put(old)
    store.put(user)
    store.replace(old, resource("new"))
    document = backend.read("registry", "local")
    assert document is not None
    assert document.resources[1]["parent"] == urn("new")
    assert document.resources[1]["dependencies"] == [urn("new")]
    assert document.resources[1]["propertyDependencies"] == {"x": [urn("new")]}


def test_no_secret_stands_in_any_file(store: StackStore, backend: Backend) -> None:
    first = resource(
        "a", inputs={"p": Secret("hunter2-a")}, outputs={"deep": [{"p": Secret({"q": "hunter2-b"})}]}
    )
    second = resource(
        "a", inputs={"p": Secret("hunter2-c")}, extra={"replacementTrigger": Secret("hunter2-d")}
    )
    store.begin("creating", first)
    store.put(first)
    store.begin("updating", second)
    store.replace(first, second)
    check_no_plaintext(backend)
    store.commit()
    check_no_plaintext(backend)


def check_no_plaintext(backend: Backend) -> None:
    files = [file for file in backend.folder.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert b"hunter2" not in file.read_bytes(), file
        assert file.stat().st_mode & 0o077 == 0, f"{file} is not its owner's alone"


def test_a_secret_that_did_not_change_keeps_its_ciphertext(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    def ciphertext() -> str:
        document = backend.read("registry", "local")
        assert document is not None
        return str(document.resources[0]["outputs"]["p"]["ciphertext"])

    old = resource("a", outputs={"p": Secret("hunter2")})
    store.put(old)
    before = ciphertext()
    store.replace(old, resource("a", id="changed", outputs={"p": Secret("hunter2")}))
    assert ciphertext() == before
    again = open_store(backend, manager)
    again.replace(again.resources[0], resource("a", outputs={"p": Secret("hunter2")}))
    assert ciphertext() == before
    again.replace(again.resources[0], resource("a", outputs={"p": Secret("other")}))
    assert ciphertext() != before


def test_a_new_salt_encrypts_everything_anew(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    store.put(resource("a", outputs={"p": Secret("hunter2")}, extra={"replacementTrigger": Secret("pulled")}))
    store.commit()
    other = PassphraseManager.create("correct horse")
    renewed = open_store(backend, other)
    renewed.commit()
    document = backend.read("registry", "local")
    assert document is not None
    assert document.salt == other.salt
    assert other.decrypt(document.resources[0]["outputs"]["p"]["ciphertext"]) == '"hunter2"'
    assert other.decrypt(document.resources[0]["replacementTrigger"]["ciphertext"]) == '"pulled"'


def test_nothing_is_written_where_nothing_changed(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    store.put(resource("a"))
    store.commit()
    files = backend.files("registry", "local")
    before = files.state.read_bytes()
    again = open_store(backend, manager)
    again.commit()
    assert files.state.read_bytes() == before
    assert again.bytes_written == 0


def test_a_new_stack_exists_after_its_first_commit_though_it_is_empty(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    assert backend.read("registry", "local") is None
    store.commit()
    assert backend.stacks("registry") == ["local"]
    document = backend.read("registry", "local")
    assert document is not None
    assert document.salt == manager.salt


def test_the_state_before_the_operation_is_kept_as_bak(
    store: StackStore, backend: Backend, manager: PassphraseManager
) -> None:
    store.put(resource("a"))
    store.commit()
    files = backend.files("registry", "local")
    before = files.state.read_bytes()
    again = open_store(backend, manager)
    for name in "bcd":
        again.put(resource(name))
    again.commit()
    assert files.backup.read_bytes() == before


def cost(backend: Backend, manager: PassphraseManager, stack: str, count: int) -> int:
    store = StackStore.open(backend, "registry", stack, manager)
    for number in range(count):
        state = resource(f"r{number}", inputs={"text": "x" * 400, "p": Secret("hunter2")})
        store.begin("creating", state)
        store.put(state)
    store.commit()
    return store.bytes_written


def test_the_cost_of_a_thousand_resources_is_in_proportion(
    backend: Backend, manager: PassphraseManager
) -> None:
    """Four times as many resources write at most five times as much; writing all at each step would be 16 times."""
    few, many = cost(backend, manager, "few", 500), cost(backend, manager, "many", 2000)
    assert many < 5 * few


def test_a_step_encodes_only_what_it_changed(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    original = ResourceState.to_json
    monkeypatch.setattr(
        ResourceState, "to_json", lambda self, seal: encoded.append(self.urn) or original(self, seal)
    )
    store = open_store(backend, manager)
    for number in range(300):
        store.put(resource(f"r{number}", inputs={"text": "x" * 400}))
    store.commit()
    assert len(encoded) == 300


def test_a_journal_of_another_state_is_put_aside_and_not_replayed(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI wrote the state after this engine was killed (and its lock cancelled)."""
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = open_store(backend, manager)
    store.put(resource("a"))
    store.put(resource("b"))
    store.close()
    files = backend.files("registry", "local")
    assert files.journal.exists()
    files.state.write_bytes(files.state.read_bytes().replace(b"id-a", b"id-z"))
    assert on_disk(backend) == ["a"]
    again = open_store(backend, manager)
    assert names(again.resources) == ["a"]
    assert again.stray_journal is not None
    assert again.stray_journal.exists()
    assert not files.journal.exists()


def test_a_journal_whose_steps_the_state_holds_is_simply_removed(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the rename of the state and the removal of the journal."""
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = open_store(backend, manager)
    store.put(resource("a"))
    store.put(resource("b"))
    monkeypatch.setattr("dockyard.engine.journal.Journal.remove", lambda self: self.close())
    store.commit()
    files = backend.files("registry", "local")
    assert files.journal.exists()
    again = open_store(backend, manager)
    assert names(again.resources) == ["a", "b"]
    assert again.stray_journal is None
    assert not files.journal.exists()


def test_a_line_that_the_process_died_in_is_not_a_step(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = open_store(backend, manager)
    for name in "abc":
        store.put(resource(name))
    store.close()
    journal = backend.files("registry", "local").journal
    journal.write_bytes(journal.read_bytes()[:-10])
    assert on_disk(backend) == ["a", "b"]
    again = open_store(backend, manager)
    again.put(resource("d"))
    again.commit()
    assert on_disk(backend) == ["a", "b", "d"]


def test_a_journal_damaged_in_its_middle_is_an_error_that_names_it(
    backend: Backend, manager: PassphraseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = open_store(backend, manager)
    for name in "abc":
        store.put(resource(name))
    store.close()
    journal = backend.files("registry", "local").journal
    lines = journal.read_bytes().split(b"\n")
    lines[1] = lines[1][:-5]
    journal.write_bytes(b"\n".join(lines))
    with pytest.raises(DockyardError, match=rf"^the journal {journal} is damaged .*; nothing was changed\n"):
        open_store(backend, manager)


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
    tmp_path: Path, backend: Backend, limit: int, floor: int
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
        check_reload(backend, [line.split() for line in told if line.endswith("\n")])
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
AFTER_EACH = [[], ["a"], ["a", "b"], ["a", "b"], ["a", "b", "b!"], ["a", "b"], ["a", "b", "c"], ["b", "c"], ["b", "c"]]


@pytest.mark.parametrize(("limit", "floor"), [(10**9, 0), (0, 10**9), (0, 0)], ids=["whole", "journal", "both"])
def test_a_kill_at_each_point_leaves_what_was_done_or_one_step_more(tmp_path: Path, limit: int, floor: int) -> None:
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


def check_reload(backend: Backend, told: list[list[str]]) -> None:
    """All that was told is there; beside it at most the one step that was done and could not be told any
    more."""
    expected: list[str] = []
    for step in told[1:]:
        expected = (
            [*expected, step[1]] if step[0] == "put" else [name for name in expected if name != step[1]]
        )
    with backend.lock("registry", "local"):
        store = StackStore.open(backend, "registry", "local")
        found = names(store.resources)
        assert store.stray_journal is None
        store.commit()
    assert len(set(found) ^ set(expected)) <= 1
    assert found == sorted(found, key=lambda name: int(name[1:]))
    assert on_disk(backend) == found


def test_times_are_written_as_the_cli_writes_them(store: StackStore, backend: Backend) -> None:
    store.put(resource("a", created=datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)))
    document = backend.read("registry", "local")
    assert document is not None
    assert json.dumps(document.resources[0]["created"]) == '"2026-01-02T03:04:05.678900Z"'
