"""The resources of a running operation in the state's order, each with the bytes that it takes in the state file."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from dockyard.engine import document as documents
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.document import compact
from dockyard.engine.journal import Order
from dockyard.engine.ordering import arrange, needs, rename
from dockyard.engine.secrets import Sealer


@dataclass(slots=True, eq=False)
class Entry:
    """A resource with its place and its bytes.

    raw: what it was read from, until its bytes are needed; dropped where it changes.
    """

    state: ResourceState
    slot: int
    order: Order
    text: bytes = b""
    raw: dict[str, Any] | None = None
    features: frozenset[str] = frozenset()


class Ledger:
    """Resources by identity, kept so that what one needs stands before it."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._entries: dict[int, Entry] = {}
        self._urns: defaultdict[str, list[Entry]] = defaultdict(list)
        self._next = 0

    def __len__(self) -> int:
        return len(self._entries)

    def ordered(self) -> list[Entry]:
        """All entries in the state's order."""
        return sorted(self._entries.values(), key=lambda entry: entry.order)

    def get(self, state: ResourceState) -> Entry | None:
        """The entry of a resource, None where it has none."""
        return self._entries.get(id(state))

    def add(self, state: ResourceState, order: Order | None = None) -> Entry:
        """A new entry. order: its place. Default: behind all others."""
        entry = Entry(state, self._next, order or (self._next,))
        self._next += 1
        self._entries[id(state)] = entry
        self._urns[state.urn].append(entry)
        return entry

    def remove(self, state: ResourceState) -> Entry | None:
        """Forget a resource; its entry, None where it had none."""
        entry = self._entries.pop(id(state), None)
        if entry is not None:
            self._urns[state.urn].remove(entry)
        return entry

    def swap(self, old: ResourceState, new: ResourceState) -> list[Entry]:
        """Put a resource in the place of another: all entries that this changes, its own first.

        Where the new one has another URN (it was found by an alias), what refers to the old one refers to it from now on.
        """
        entry = self._entries.pop(id(old))
        self._urns[old.urn].remove(entry)
        entry.state = new
        self._entries[id(new)] = entry
        self._urns[new.urn].append(entry)
        if new.urn == old.urn or self._urns[old.urn]:
            return [entry]
        return [entry, *(other for other in self._entries.values() if rename(other.state, old.urn, new.urn))]

    def condemn(self, old: Entry, new: ResourceState) -> list[Entry]:
        """Put a resource before another that is to be deleted: both entries."""
        old.state.delete = True
        entry = self.add(new, old.order)
        old.order = (*old.order, old.slot)
        return [entry, old]

    def encode(self, entry: Entry) -> None:
        """Bring an entry's bytes up to its resource."""
        self._set(entry, entry.state.to_json(self._sealer))

    def _set(self, entry: Entry, data: dict[str, Any]) -> None:
        entry.text, entry.raw = compact(data), None
        entry.features = frozenset(documents.features_of(data, entry.text))

    def texts(self) -> list[bytes]:
        """The bytes of all resources in order; those not touched since they were read are as they were."""
        entries = self.ordered()
        for entry in entries:
            if not entry.text:
                self._set(entry, entry.raw or entry.state.to_json(self._sealer))
        return [entry.text for entry in entries]

    def features(self) -> set[str]:
        """The features that the resources use, once `texts` was called."""
        return set().union(*(entry.features for entry in self._entries.values()))

    def in_place(self, entry: Entry) -> bool:
        """True where all that a resource needs stands before it."""
        return all(
            any(other.order < entry.order for other in self._urns[urn])
            for urn in set(needs(entry.state))
            if self._urns.get(urn)
        )

    def arrange(self) -> None:
        """Bring all into an order in which what one needs stands before it."""
        states = arrange([entry.state for entry in self.ordered()])
        for place, state in enumerate(states):
            self._entries[id(state)].order = (place,)
        self._next = max(self._next, len(states))

    def renumber(self) -> None:
        """Number the entries by their place: what the slots of a journal mean for the file that was just written."""
        entries = self.ordered()
        for place, entry in enumerate(entries):
            entry.slot, entry.order = place, (place,)
        self._next = len(entries)
