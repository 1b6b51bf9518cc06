"""The live state of a running operation: on disk after every step, so that a kill forgets nothing.

Each resource's bytes are kept, so a step encrypts and encodes only what it changed. A small state is written
whole at every step; a large one gets a journal and is written whole now and then, so that the work of many
steps stays in proportion to their number.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dockyard.engine import document as documents
from dockyard.engine import journal
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import CREATING, PendingOperation, ResourceState, pending_operations
from dockyard.engine.document import Document, compact
from dockyard.engine.journal import Change, Found, Journal
from dockyard.engine.layout import Files
from dockyard.engine.ledger import Entry, Ledger
from dockyard.engine.secrets import PassphraseManager, Sealer

# Above this many bytes a step costs more to write whole than to note; so does it once a run has written this many.
WHOLE_LIMIT: Final = 256 * 1024
_WHOLE_BUDGET: Final = 8 * 1024 * 1024
_JOURNAL_FLOOR: Final = 1024 * 1024
# Seconds within which steps may share one fsync: a power cut may forget these, a kill never does.
_SYNC_INTERVAL: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Pending:
    operation: PendingOperation
    text: bytes


class StackStore:
    """A stack's state while an operation runs. Safe to use from many threads.

    The stack's lock must be held. Every method returns once its step is on disk. A resource is known by
    identity: put the same object again and its record is replaced.
    stray_journal: where steps were kept that may be missing, as somebody else wrote the state after them; else None.
    bytes_written: what all writes took so far.
    """

    def __init__(self, backend: Backend, files: Files, document: Document, sealer: Sealer) -> None:
        self._backend = backend
        self._files = files
        self._document = document
        self._sealer = sealer
        self._lock = threading.RLock()
        self._ledger = Ledger(sealer)
        self._pending: dict[int, _Pending] = {}
        self._next_number = 0
        self._journal: Journal | None = None
        self._base = ""
        self._written = 0
        self._dirty = False
        self._fresh = True
        self._synced = 0.0
        self.stray_journal: Path | None = None
        self.bytes_written = 0

    @classmethod
    def open(
        cls, backend: Backend, project: str, stack: str, manager: PassphraseManager | None = None
    ) -> "StackStore":
        """The state of a stack, with the steps in a killed run's journal; empty where there is no such stack.

        manager: encrypts from now on. Default: what the state itself says, for a new stack a new salt.
        Raises DockyardError where the state is damaged or cannot be decrypted; nothing is written then.
        """
        files = backend.files(project, stack)
        text = files.read()
        document = Document(files.stack) if text is None else files.parse(text)
        found = None if text is None else journal.read(files.journal, text)
        if found is not None and not found.stale:
            journal.replay(document, found)
        # Without a salt there is nothing to read that was encrypted.
        reader = backend.manager(document.salt) if manager is None or document.salt else manager
        store = cls(backend, files, document, Sealer(manager or reader, reader))
        with files.mended_by_backups():
            store._load()
        store._dirty |= text is None or store._sealer.renewing
        if found is not None:
            store._take(found)
        return store

    def _load(self) -> None:
        for data in self._document.resources:
            entry = self._ledger.add(ResourceState.from_json(data, self._sealer))
            entry.raw = None if self._sealer.renewing else data
        # As the CLI: what was being created may exist and must not be forgotten, the rest the state itself shows.
        for operation in pending_operations(self._document, self._sealer):
            if operation.type == CREATING:
                self._note(operation)
            else:
                self._dirty = True
        self._document.resources, self._document.operations = [], []

    def _take(self, found: Found) -> None:
        """Deal with a journal that lay there."""
        if not found.stale:
            self._journal, self._dirty = Journal.resume(self._files.journal), True
        elif found.known:
            self._files.journal.unlink()
        else:
            self.stray_journal = self._files.journal.with_name(f"{self._files.journal.name}.stale")
            self._files.journal.replace(self.stray_journal)

    @property
    def resources(self) -> list[ResourceState]:
        """All resources in the state's order: what one needs stands before it."""
        with self._lock:
            return [entry.state for entry in self._ledger.ordered()]

    @property
    def interrupted(self) -> list[PendingOperation]:
        """Creations that an earlier run did not see the end of, and this one has not made good."""
        with self._lock:
            return [
                pending.operation for pending in self._pending.values() if pending.operation.type == CREATING
            ]

    def begin(self, operation: str, state: ResourceState) -> None:
        """Note what is about to be done: creating, updating, deleting, reading, importing."""
        with self._lock:
            ended = self._forget(state)
            number = self._note(PendingOperation(operation, state))
            self._save(Change(begin=[(number, self._pending[number].text)], end=ended), durable=False)

    def end(self, state: ResourceState) -> None:
        """Note that what was begun came to nothing: the state is as it was."""
        with self._lock:
            if ended := self._forget(state):
                self._save(Change(end=ended), durable=False)

    def put(self, state: ResourceState) -> None:
        """Write a resource: a new one behind all others, one that is there where it stands."""
        with self._lock:
            entry = self._ledger.get(state) or self._ledger.add(state)
            self._changed([entry], self._done(state))

    def replace(self, old: ResourceState, new: ResourceState) -> None:
        """Write a resource in the place of another, which is forgotten."""
        with self._lock:
            if old is new or self._ledger.get(old) is None:
                self.put(new)
                return
            twice = self._ledger.remove(new)
            changed = self._ledger.swap(old, new)
            self._changed(changed, [*self._forget(old), *self._done(new)], [twice.slot] if twice else [])

    def condemn(self, old: ResourceState, new: ResourceState) -> None:
        """Write a resource and mark the one that it replaces as to be deleted, in one step."""
        with self._lock:
            before = self._ledger.get(old)
            if before is None:
                self.put(new)
                return
            self._changed(self._ledger.condemn(before, new), [*self._forget(old), *self._done(new)])

    def drop(self, state: ResourceState) -> None:
        """Forget a resource."""
        with self._lock:
            entry = self._ledger.remove(state)
            self._save(Change(drop=[entry.slot] if entry else [], end=self._forget(state)), durable=True)

    def commit(self) -> None:
        """Write the state whole, where anything changed since it was read, and remove the journal."""
        with self._lock:
            if self._dirty:
                self._write_whole()

    def close(self) -> None:
        """Let go of the files. What is on disk is complete; `commit` makes it one file, which the CLI reads."""
        with self._lock:
            if self._journal is not None:
                self._journal.close()

    def _note(self, operation: PendingOperation) -> int:
        data = {"resource": operation.resource.to_json(self._sealer), "type": operation.type}
        number = self._next_number
        self._pending[number] = _Pending(operation, compact(data))
        self._next_number += 1
        return number

    def _forget(self, state: ResourceState) -> list[int]:
        """Forget what was begun for a resource: the numbers of these operations."""
        ended = [number for number, pending in self._pending.items() if pending.operation.resource is state]
        for number in ended:
            del self._pending[number]
        return ended

    def _done(self, state: ResourceState) -> list[int]:
        """The same for a resource that is written now: made, it also makes good an earlier run's attempt at it."""
        created = any(
            pending.operation.resource is state and pending.operation.type == CREATING
            for pending in self._pending.values()
        )
        ended = self._forget(state)
        same = [
            number for number, pending in self._pending.items() if pending.operation.resource.urn == state.urn
        ]
        earlier = [number for number in same if created and self._pending[number].operation.type == CREATING]
        for number in earlier:
            del self._pending[number]
        return ended + earlier

    def _changed(self, entries: list[Entry], ended: list[int], dropped: list[int] | None = None) -> None:
        for entry in entries:
            self._ledger.encode(entry)
        if not all(self._ledger.in_place(entry) for entry in entries):
            self._ledger.arrange()
            self._write_whole()
            return
        puts = [(entry.slot, entry.order, entry.text) for entry in entries]
        self._save(Change(put=puts, end=ended, drop=dropped or []), durable=True)

    def _save(self, change: Change, *, durable: bool) -> None:
        self._dirty = True
        large = self._written > WHOLE_LIMIT or self.bytes_written > _WHOLE_BUDGET
        if self._journal is None and self._base and large:
            self._journal = Journal.create(self._files.journal, self._base)
        # A journal of an earlier run (there is no base yet) counts by other slots: it is only ever finished.
        if self._journal is None or not self._base or self._journal.size > max(_JOURNAL_FLOOR, self._written):
            self._write_whole(last=False)
            return
        before = self._journal.size
        due = time.monotonic() - self._synced > _SYNC_INTERVAL
        # Until it is noted there is no base: where that fails, the next step is written whole, with this one.
        self._base, base = "", self._base
        self._journal.append(change, durable=durable and due)
        self._base = base
        if durable and due:
            self._synced = time.monotonic()
        self.bytes_written += self._journal.size - before

    def _write_whole(self, *, last: bool = True) -> None:
        if self._fresh:
            self._backend.keep_backup(self._files)
            self._fresh = False
        text = self._assemble()
        self._base, base = "", journal.digest(text)
        if self._journal is not None:
            self._journal.finish(base)
        self._backend.write(self._files, text, last=last)
        self._base = base
        if self._journal is not None:
            self._journal.remove()
            self._journal = None
        self._number_anew()
        self._written = len(text)
        self.bytes_written += len(text)
        self._dirty = False

    def _assemble(self) -> bytes:
        texts = self._ledger.texts()
        # Within secrets it cannot be seen, so what the state said of it before stays.
        kept = {"byteString"} & set(self._document.features)
        self._document.manifest = documents.manifest(self._document.manifest)
        self._document.secrets_provider = self._sealer.manager.provider
        operations = [pending.text for pending in self._pending.values()]
        return documents.assemble(self._document, texts, operations, self._ledger.features() | kept)

    def _number_anew(self) -> None:
        self._ledger.renumber()
        self._pending = dict(enumerate(self._pending.values()))
        self._next_number = len(self._pending)


def settle(backend: Backend, project: str, stack: str) -> bool:
    """Write the steps of a killed run's journal into the state file, where the CLI sees them. The lock must be held.

    For before a verb is passed on to the CLI, which knows no journal; needs no passphrase. False where there was nothing to do.
    """
    files = backend.files(project, stack)
    text = files.read()
    found = None if text is None else journal.read(files.journal, text)
    if text is None or found is None or found.stale:
        return False
    document = files.parse(text)
    journal.replay(document, found)
    written = documents.write(document)
    lines = Journal.resume(files.journal)
    lines.finish(journal.digest(written))
    backend.write(files, written)
    lines.remove()
    return True
