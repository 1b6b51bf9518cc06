"""The live state of a running operation: on disk after every step, so that a kill at any point forgets
nothing.

Each resource's bytes are kept, so a step encrypts and encodes only what it changed. A small state is written
whole at every step;
a large one gets a journal, and is written whole now and then, so that the work of many steps stays in
proportion to their number.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dockyard.engine import document as documents
from dockyard.engine import journal
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import CREATING, PendingOperation, ResourceState, pending_operations
from dockyard.engine.document import Document, compact
from dockyard.engine.journal import Change, Journal, Order
from dockyard.engine.layout import Files
from dockyard.engine.ordering import arrange, needs
from dockyard.engine.secrets import PassphraseManager, Sealer

# Above this many bytes a step costs more to write whole than to note.
WHOLE_LIMIT: Final = 128 * 1024
_JOURNAL_FLOOR: Final = 1024 * 1024


@dataclass(slots=True, eq=False)
class _Entry:
    """A resource with its place and its bytes.

    raw: as read, until its bytes are needed; both are dropped where it changes.
    """

    state: ResourceState
    slot: int
    order: Order
    text: bytes = b""
    raw: dict[str, Any] | None = None
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Pending:
    number: int
    operation: PendingOperation
    text: bytes


class StackStore:
    """A stack's state while an operation runs. Safe to use from many threads; every method returns once its
    step is on disk.

    The stack's lock must be held. A resource is known by identity: put the same object again and its record
    is replaced.
    """

    def __init__(self, backend: Backend, files: Files, document: Document, sealer: Sealer) -> None:
        self._backend = backend
        self._files = files
        self._document = document
        self._sealer = sealer
        self._lock = threading.RLock()
        self._entries: dict[int, _Entry] = {}
        self._urns: dict[str, list[_Entry]] = {}
        self._pending: dict[int, _Pending] = {}
        self._journal: Journal | None = None
        self._next_slot = 0
        self._next_number = 0
        self._written = 0
        self._fresh = True
        self.dirty = False
        self.stray_journal: Path | None = None
        self.bytes_written = 0

    @classmethod
    def open(
        cls, backend: Backend, project: str, stack: str, manager: PassphraseManager | None = None
    ) -> "StackStore":
        """The state of a stack, with the steps that a killed run left in its journal; an empty one where
        there is no such stack.

        manager: encrypts from now on. Default: what the state itself says, for a new stack a new salt.
        Raises DockyardError where the state is damaged or cannot be decrypted; nothing is written then.
        """
        files = backend.files(project, stack)
        text = files.read()
        document = Document(files.stack) if text is None else files.parse(text)
        found = None if text is None else journal.read(files.journal, text)
        if found is not None and not found.stale:
            journal.replay(document, found)
        reader = backend.manager(document.salt)
        store = cls(backend, files, document, Sealer(manager or reader, reader if document.salt else None))
        store._load()
        store.dirty = text is None or found is not None or store._sealer.renewing
        if found is not None and found.stale and not found.known:
            store._set_aside()
        return store

    def _load(self) -> None:
        renewing = self._sealer.renewing
        for data in self._document.resources:
            state = ResourceState.from_json(data, self._sealer)
            entry = self._add(state, (self._next_slot,))
            entry.raw = None if renewing else data
        # As the CLI: what was being created may exist and must not be forgotten; the rest is seen from the
        # state itself.
        for operation in pending_operations(self._document, self._sealer):
            if operation.type == CREATING:
                self._note(operation)
            else:
                self.dirty = True
        self._document.resources, self._document.operations = [], []

    def _set_aside(self) -> None:
        """Keep a journal whose steps may be missing:

        the state was written by somebody else while it lay there.
        """
        kept = self._files.journal.with_name(f"{self._files.journal.name}.stale")
        self._files.journal.replace(kept)
        self.stray_journal = kept

    @property
    def resources(self) -> list[ResourceState]:
        """All resources in the state's order: what one needs stands before it."""
        with self._lock:
            return [entry.state for entry in self._sorted()]

    @property
    def interrupted(self) -> list[PendingOperation]:
        """Creations that an earlier run did not see the end of, and this one has not made good."""
        with self._lock:
            return [pending.operation for pending in self._pending.values()]

    def begin(self, operation: str, state: ResourceState) -> None:
        """Note that something is about to be done to a resource:

        creating, updating, deleting, reading, importing.
        """
        with self._lock:
            ended = self._ended(state)
            pending = self._note(PendingOperation(operation, state))
            self._save(Change(begin=[(pending.number, pending.text)], end=ended), durable=False)

    def end(self, state: ResourceState) -> None:
        """Note that what was begun came to nothing: the state is as it was."""
        with self._lock:
            ended = self._ended(state, replaced=False)
            if ended:
                self._save(Change(end=ended), durable=False)

    def put(self, state: ResourceState) -> None:
        """Write a resource: a new one behind all others, one that is there where it stands."""
        with self._lock:
            entry = self._entries.get(id(state)) or self._add(state, (self._next_slot,))
            self._changed([entry], self._ended(state))

    def replace(self, old: ResourceState, new: ResourceState) -> None:
        """Write a resource in the place of another, which is forgotten."""
        with self._lock:
            entry = self._entries.get(id(old))
            if entry is None or old is new:
                self.put(new)
                return
            dropped = self._entries.pop(id(new), None) if id(new) in self._entries else None
            del self._entries[id(old)]
            self._forget_urn(entry)
            entry.state = new
            self._entries[id(new)] = entry
            self._urns.setdefault(new.urn, []).append(entry)
            if dropped is not None:
                self._forget_urn(dropped)
            self._changed([entry], [*self._ended(old), *self._ended(new)], [dropped.slot] if dropped else [])

    def condemn(self, old: ResourceState, new: ResourceState) -> None:
        """Write a resource and mark the one that it replaces as to be deleted, in one step."""
        with self._lock:
            before = self._entries.get(id(old))
            if before is None:
                self.put(new)
                return
            old.delete = True
            entry = self._add(new, before.order)
            before.order = (*before.order, before.slot)
            self._changed([before, entry], [*self._ended(old), *self._ended(new)])

    def drop(self, state: ResourceState) -> None:
        """Forget a resource."""
        with self._lock:
            entry = self._entries.pop(id(state), None)
            if entry is not None:
                self._forget_urn(entry)
            self._save(Change(drop=[entry.slot] if entry else [], end=self._ended(state)), durable=True)

    def commit(self) -> None:
        """Write the state whole, where anything has changed since it was read, and remove the journal."""
        with self._lock:
            if self.dirty:
                self._write_whole()
                self._files.journal.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files. What is on disk stays complete; `commit` is what makes it one file."""
        with self._lock:
            if self._journal is not None:
                self._journal.close()

    def _add(self, state: ResourceState, order: Order) -> _Entry:
        entry = _Entry(state, self._next_slot, order)
        self._next_slot += 1
        self._entries[id(state)] = entry
        self._urns.setdefault(state.urn, []).append(entry)
        return entry

    def _forget_urn(self, entry: _Entry) -> None:
        same = self._urns[entry.state.urn]
        same.remove(entry)
        if not same:
            del self._urns[entry.state.urn]

    def _note(self, operation: PendingOperation) -> _Pending:
        data = {"resource": operation.resource.to_json(self._sealer), "type": operation.type}
        pending = _Pending(self._next_number, operation, compact(data))
        self._next_number += 1
        self._pending[pending.number] = pending
        return pending

    def _ended(self, state: ResourceState, *, replaced: bool = True) -> list[int]:
        """Forget what was pending for a resource. replaced: also what an earlier run began for its URN."""
        ended = [
            number
            for number, pending in self._pending.items()
            if pending.operation.resource is state
            or (replaced and pending.operation.resource.urn == state.urn)
        ]
        for number in ended:
            del self._pending[number]
        return ended

    def _changed(self, entries: list[_Entry], ended: list[int], dropped: Iterable[int] = ()) -> None:
        for entry in entries:
            self._encode(entry, entry.state.to_json(self._sealer))
        if not all(self._in_place(entry) for entry in entries):
            self._arrange()
            self._write_whole()
            return
        puts = [(entry.slot, entry.order, entry.text) for entry in entries]
        self._save(Change(put=puts, end=ended, drop=list(dropped)), durable=True)

    def _encode(self, entry: _Entry, data: dict[str, Any]) -> bytes:
        entry.text, entry.raw = compact(data), None
        entry.features = frozenset(documents.features_of(data, entry.text))
        return entry.text

    def _in_place(self, entry: _Entry) -> bool:
        """True where all that a resource needs stands before it."""
        return all(
            any(other.order < entry.order for other in self._urns[urn])
            for urn in set(needs(entry.state))
            if urn in self._urns
        )

    def _arrange(self) -> None:
        for place, state in enumerate(arrange([entry.state for entry in self._sorted()])):
            self._entries[id(state)].order = (place,)
        # Slots are handed out past every order, so that what is put next stands behind all others.
        self._next_slot = max(self._next_slot, len(self._entries))

    def _sorted(self) -> list[_Entry]:
        return sorted(self._entries.values(), key=lambda entry: entry.order)

    def _save(self, change: Change, *, durable: bool) -> None:
        self.dirty = True
        if self._journal is None or self._journal.size > max(_JOURNAL_FLOOR, self._written):
            self._write_whole()
        else:
            before = self._journal.size
            self._journal.append(change, durable=durable)
            self.bytes_written += self._journal.size - before

    def _write_whole(self) -> None:
        if self._fresh:
            self._backend.keep_backup(self._files)
            self._fresh = False
        text = self._assemble()
        if self._journal is not None:
            self._journal.finish(text)
        self._backend.write(self._files, text)
        if self._journal is not None:
            self._journal.remove()
            self._journal = None
        self._written = len(text)
        self.bytes_written += len(text)
        self.dirty = False
        if len(text) > WHOLE_LIMIT:
            self._renumber()
            self._journal = Journal(self._files.journal, text)

    def _assemble(self) -> bytes:
        entries = self._sorted()
        texts = [
            entry.text or self._encode(entry, entry.raw or entry.state.to_json(self._sealer))
            for entry in entries
        ]
        features = frozenset().union(*(entry.features for entry in entries)) if entries else frozenset()
        kept = {"byteString"} & set(self._document.features)
        self._document.manifest = documents.manifest(self._document.manifest)
        self._document.secrets_provider = self._sealer.manager.provider
        operations = [pending.text for pending in self._pending.values()]
        return documents.assemble(self._document, texts, operations, {*features, *kept})

    def _renumber(self) -> None:
        """Number resources and operations by their place in the file just written:

        what a journal's slots and numbers mean.
        """
        for place, entry in enumerate(self._sorted()):
            entry.slot, entry.order = place, (place,)
        self._next_slot = len(self._entries)
        pendings = list(self._pending.values())
        self._pending = {
            number: _Pending(number, pending.operation, pending.text)
            for number, pending in enumerate(pendings)
        }
        self._next_number = len(pendings)
