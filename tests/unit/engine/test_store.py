"""The live state: what a step leaves on disk, in which order, at which cost."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from dockyard.engine import ordering
from dockyard.engine import store as stores
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.secrets import PassphraseManager
from dockyard.engine.store import StackStore
from dockyard.engine.values import Secret

STACK = "urn:pulumi:local::registry::pulumi:pulumi:Stack::registry-local"


@pytest.fixture(params=["whole", "journal"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, desk: Any) -> StackStore:
    """A store that writes the state whole at each step, and one that keeps a journal from the first step on."""
    if request.param == "journal":
        monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    return desk.open()


def test_every_step_is_on_disk_when_its_method_returns(
    store: StackStore, backend: Backend, desk: Any
) -> None:
    a, b, b2, b3 = (
        desk.resource("a"),
        desk.resource("b"),
        desk.resource("b", id="new"),
        desk.resource("b", id="newer"),
    )
    store.begin("creating", a)
    assert desk.on_disk() == []
    store.put(a)
    assert desk.on_disk() == ["a"]
    store.put(b)
    store.replace(b, b2)
    assert desk.on_disk() == ["a", "b"]
    store.condemn(b2, b3)
    assert desk.on_disk() == ["a", "b", "b!"]
    assert desk.names(store.resources) == desk.on_disk()
    store.drop(b2)
    store.drop(a)
    assert desk.on_disk() == ["b"]
    store.commit()
    assert desk.on_disk() == ["b"]
    assert not backend.files("registry", "local").journal.exists()


def test_a_pending_operation_is_on_disk_until_it_ends(store: StackStore, backend: Backend, desk: Any) -> None:
    def pending() -> list[tuple[str, str]]:
        document = desk.document()
        return [(data["type"], data["resource"]["urn"].rpartition("::")[2]) for data in document.operations]

    a, b = desk.resource("a"), desk.resource("b")
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


def test_a_creation_that_was_cut_off_is_known_until_it_is_made_good(store: StackStore, desk: Any) -> None:
    store.begin("creating", desk.resource("a"))
    store.begin("updating", desk.resource("b"))
    again = desk.open()
    assert desk.names([pending.resource for pending in again.interrupted]) == ["a"]
    retried = desk.resource("a")
    again.begin("creating", retried)
    again.end(retried)
    assert len(again.interrupted) == 1
    again.begin("creating", retried)
    again.put(retried)
    again.commit()
    assert again.interrupted == desk.open().interrupted == []


def test_what_a_resource_needs_stands_before_it(store: StackStore, desk: Any) -> None:
    """`b` was there first and now depends on `c`, which is new:

    a state in the old order would be refused by the CLI.
    """
    a, b, user = desk.resource("a"), desk.resource("b"), desk.resource("user", dependencies=[desk.urn("b")])
    for state in (a, b, user):
        store.put(state)
    c = desk.resource("c")
    store.put(c)
    store.replace(b, desk.resource("b", dependencies=[desk.urn("c")]))
    assert desk.on_disk() == ["a", "c", "b", "user"]
    assert ordering.faults(store.resources) == []
    store.put(desk.resource("d"))
    assert desk.on_disk() == ["a", "c", "b", "user", "d"]


def test_random_steps_never_leave_a_state_that_the_cli_refuses(
    monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 2000)
    monkeypatch.setattr(stores, "_JOURNAL_FLOOR", 3000)
    chance = random.Random(4711)
    store = desk.open()
    living: dict[str, ResourceState] = {}
    for number in range(150):
        # A new record depends only on what was registered before it, as in a run of the engine.
        allowed = [desk.urn(name) for name in living]
        name = f"r{chance.randrange(12)}"
        old = living.pop(name, None)
        wanted = [found for found in chance.sample(allowed, min(2, len(allowed))) if found != desk.urn(name)]
        independent = [found for found in wanted if desk.urn(name) not in reach(living, found)]
        new = desk.resource(
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
        assert desk.on_disk() == desk.names(store.resources)
    reloaded = desk.open()
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
    store: StackStore, backend: Backend, desk: Any
) -> None:
    old = desk.resource("old")
    user = desk.resource(
        "user",
        parent=desk.urn("old"),
        dependencies=[desk.urn("old")],
        property_dependencies={"x": [desk.urn("old")]},
    )
    store.put(old)
    store.put(user)
    store.replace(old, desk.resource("new"))
    document = desk.document()
    assert document.resources[1]["parent"] == desk.urn("new")
    assert document.resources[1]["dependencies"] == [desk.urn("new")]
    assert document.resources[1]["propertyDependencies"] == {"x": [desk.urn("new")]}


def test_no_secret_stands_in_any_file(store: StackStore, backend: Backend, desk: Any) -> None:
    first = desk.resource(
        "a", inputs={"p": Secret("hunter2-a")}, outputs={"deep": [{"p": Secret({"q": "hunter2-b"})}]}
    )
    second = desk.resource(
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
    store: StackStore, backend: Backend, desk: Any
) -> None:
    def ciphertext() -> str:
        document = desk.document()
        return str(document.resources[0]["outputs"]["p"]["ciphertext"])

    old = desk.resource("a", outputs={"p": Secret("hunter2")})
    store.put(old)
    before = ciphertext()
    store.replace(old, desk.resource("a", id="changed", outputs={"p": Secret("hunter2")}))
    assert ciphertext() == before
    again = desk.open()
    again.replace(again.resources[0], desk.resource("a", outputs={"p": Secret("hunter2")}))
    assert ciphertext() == before
    again.replace(again.resources[0], desk.resource("a", outputs={"p": Secret("other")}))
    assert ciphertext() != before


def test_a_new_salt_encrypts_everything_anew(store: StackStore, backend: Backend, desk: Any) -> None:
    store.put(
        desk.resource("a", outputs={"p": Secret("hunter2")}, extra={"replacementTrigger": Secret("pulled")})
    )
    store.commit()
    other = PassphraseManager.create("correct horse")
    renewed = desk.open(other)
    renewed.commit()
    document = desk.document()
    assert document.salt == other.salt
    assert other.decrypt(document.resources[0]["outputs"]["p"]["ciphertext"]) == '"hunter2"'
    assert other.decrypt(document.resources[0]["replacementTrigger"]["ciphertext"]) == '"pulled"'


def test_nothing_is_written_where_nothing_changed(store: StackStore, backend: Backend, desk: Any) -> None:
    store.put(desk.resource("a"))
    store.commit()
    files = backend.files("registry", "local")
    before = files.state.read_bytes()
    again = desk.open()
    again.commit()
    assert files.state.read_bytes() == before
    assert again.bytes_written == 0


def test_a_new_stack_exists_after_its_first_commit_though_it_is_empty(
    store: StackStore, backend: Backend, manager: PassphraseManager, desk: Any
) -> None:
    assert backend.read("registry", "local") is None
    store.commit()
    assert backend.stacks("registry") == ["local"]
    document = desk.document()
    assert document.salt == manager.salt


def test_the_state_before_the_operation_is_kept_as_bak(
    store: StackStore, backend: Backend, desk: Any
) -> None:
    store.put(desk.resource("a"))
    store.commit()
    files = backend.files("registry", "local")
    before = files.state.read_bytes()
    again = desk.open()
    for name in "bcd":
        again.put(desk.resource(name))
    again.commit()
    assert files.backup.read_bytes() == before


def cost(desk: Any, manager: PassphraseManager, stack: str, count: int) -> int:
    store = StackStore.open(desk.backend, "registry", stack, manager)
    for number in range(count):
        state = desk.resource(f"r{number}", inputs={"text": "x" * 400, "p": Secret("hunter2")})
        store.begin("creating", state)
        store.put(state)
    store.commit()
    return store.bytes_written


def test_the_cost_of_a_thousand_resources_is_in_proportion(manager: PassphraseManager, desk: Any) -> None:
    """Four times as many resources write less than four times as much; all at each step would be 16 times."""
    few, many = cost(desk, manager, "few", 500), cost(desk, manager, "many", 2000)
    assert many < 4 * few


def test_a_step_encodes_only_what_it_changed(monkeypatch: pytest.MonkeyPatch, desk: Any) -> None:
    encoded: list[str] = []
    original = ResourceState.to_json
    monkeypatch.setattr(
        ResourceState, "to_json", lambda self, seal: encoded.append(self.urn) or original(self, seal)
    )
    store = desk.open()
    for number in range(300):
        store.put(desk.resource(f"r{number}", inputs={"text": "x" * 400}))
    store.commit()
    assert len(encoded) == 300


def test_times_are_written_as_the_cli_writes_them(store: StackStore, backend: Backend, desk: Any) -> None:
    store.put(desk.resource("a", created=datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)))
    document = desk.document()
    assert json.dumps(document.resources[0]["created"]) == '"2026-01-02T03:04:05.678900Z"'
