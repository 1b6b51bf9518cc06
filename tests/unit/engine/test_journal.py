"""The journal of a large state: replayed, put aside where it is stale, refused where it is damaged."""

import errno
import json
import os
from typing import Any

import pytest
from dockyard.engine import store as stores
from dockyard.engine.backend import Backend
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError


def test_a_journal_can_be_settled_without_a_passphrase_for_those_who_know_no_journal(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    for name in "abc":
        store.put(desk.resource(name, outputs={"p": Secret("hunter2")}))
    store.close()
    files = backend.files("registry", "local")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    assert stores.settle(backend, "registry", "local")
    assert not files.journal.exists()
    assert len(json.loads(files.state.read_bytes())["checkpoint"]["latest"]["resources"]) == 3
    assert not stores.settle(backend, "registry", "local")


def test_a_journal_of_another_state_is_put_aside_and_not_replayed(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    """The CLI wrote the state after this engine was killed (and its lock cancelled)."""
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    store.put(desk.resource("a"))
    store.put(desk.resource("b"))
    store.close()
    files = backend.files("registry", "local")
    assert files.journal.exists()
    files.state.write_bytes(files.state.read_bytes().replace(b"id-a", b"id-z"))
    assert desk.on_disk() == ["a"]
    again = desk.open()
    assert desk.names(again.resources) == ["a"]
    assert again.stray_journal is not None
    assert again.stray_journal.exists()
    assert not files.journal.exists()


def test_a_journal_whose_steps_the_state_holds_is_simply_removed(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    """Killed between the rename of the state and the removal of the journal."""
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    store.put(desk.resource("a"))
    store.put(desk.resource("b"))
    monkeypatch.setattr("dockyard.engine.journal.Journal.remove", lambda self: self.close())
    store.commit()
    files = backend.files("registry", "local")
    assert files.journal.exists()
    again = desk.open()
    assert desk.names(again.resources) == ["a", "b"]
    assert again.stray_journal is None
    assert not files.journal.exists()


def test_a_line_that_the_process_died_in_is_not_a_step(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    for name in "abc":
        store.put(desk.resource(name))
    store.close()
    journal = backend.files("registry", "local").journal
    journal.write_bytes(journal.read_bytes()[:-10])
    assert desk.on_disk() == ["a", "b"]
    again = desk.open()
    again.put(desk.resource("d"))
    again.commit()
    assert desk.on_disk() == ["a", "b", "d"]


def test_a_journal_damaged_in_its_middle_is_an_error_that_names_it(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    for name in "abc":
        store.put(desk.resource(name))
    store.close()
    journal = backend.files("registry", "local").journal
    lines = journal.read_bytes().split(b"\n")
    lines[1] = lines[1][:-5]
    journal.write_bytes(b"\n".join(lines))
    with pytest.raises(DockyardError, match=rf"^the journal {journal} is damaged .*; nothing was changed\n"):
        desk.open()


@pytest.mark.parametrize("limit", [10**9, 0], ids=["whole", "journal"])
def test_a_disk_that_was_full_for_a_while_costs_no_step_that_was_done(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any, limit: int
) -> None:
    """Half a line is written, then nothing more; with space again the next steps go on, and a kill follows."""
    monkeypatch.setattr(stores, "WHOLE_LIMIT", limit)
    store = desk.open()
    store.put(desk.resource("a"))
    store.put(desk.resource("b"))
    with monkeypatch.context() as full:
        write = os.write
        full.setattr(os, "write", lambda file, data: write(file, data[:20]) if len(data) > 40 else no_space())
        full.setattr(os, "replace", no_space)
        with pytest.raises(DockyardError, match=r"^cannot write .*local\.json.*: No space left on device$"):
            store.put(desk.resource("c"))
        with pytest.raises(DockyardError, match="No space left on device"):
            store.put(desk.resource("d"))
        assert desk.on_disk() == ["a", "b"]
    store.put(desk.resource("e"))
    assert desk.on_disk() == ["a", "b", "c", "d", "e"]
    assert desk.open().stray_journal is None


def no_space(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_write_that_fails_leaves_no_journal_of_a_state_that_was_never_written(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any
) -> None:
    """`b` is moved behind `c`, so the state is written whole, which fails; what follows must not be noted for it."""
    store = desk.open()
    b = desk.resource("b")
    store.put(desk.resource("a"))
    store.put(b)
    store.put(desk.resource("c"))
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    b.dependencies = [desk.urn("c")]
    with monkeypatch.context() as full:
        full.setattr(os, "replace", no_space)
        with pytest.raises(DockyardError, match="No space left on device"):
            store.put(b)
    store.put(desk.resource("d"))
    again = desk.open()
    assert again.stray_journal is None
    assert desk.names(again.resources) == ["a", "c", "b", "d"]


@pytest.mark.parametrize("line", [b"[]", b"7", b"{}", b'{"put":[]}'])
def test_a_line_of_a_journal_that_is_no_step_is_an_error_that_names_it(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, desk: Any, line: bytes
) -> None:
    monkeypatch.setattr(stores, "WHOLE_LIMIT", 0)
    store = desk.open()
    store.put(desk.resource("a"))
    store.put(desk.resource("b"))
    store.close()
    path = backend.files("registry", "local").journal
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(DockyardError, match=r"the journal .* is damaged .*nothing was changed"):
        desk.open()
