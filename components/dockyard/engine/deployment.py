"""What the parts of one running operation share: what was, what is, what failed. Safe to use from many
threads.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dockyard.engine import urn as urns
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Event, Listener, Op, Severity, StepDone
from dockyard.engine.goal import Goal
from dockyard.engine.providers import Registry
from dockyard.engine.source import Source
from dockyard.engine.store import StackStore
from dockyard.engine.unknowns import Unknowns

ORGANIZATION = "organization"
"""What a state in files has in place of an organization's name."""
_PER_CORE = 4


def default_parallel() -> int:
    """How many resources are worked on at once: as many as the CLI does."""
    return _PER_CORE * (os.cpu_count() or 1)


class Stopped(Exception):
    """The operation takes no new work: something failed, or it was interrupted."""


@dataclass(slots=True)
class Deployment:
    """One run of up, preview, refresh or destroy.

    store: the state, written as the operation goes; None in a preview, which writes nothing.
    resources: the state as it was, in its order.
    sources: where in the program each resource is registered, by URN.
    """

    project: str
    stack: str
    organization: str
    preview: bool
    parallel: int
    config: dict[str, str] = field(repr=False)
    secret_keys: list[str] = field(repr=False)
    registry: Registry | Unknowns
    store: StackStore | None
    resources: list[ResourceState]
    listener: Listener
    olds: dict[str, ResourceState] = field(default_factory=dict)
    news: dict[str, ResourceState] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    found_aliases: dict[str, str] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    deleted: dict[str, threading.Event] = field(default_factory=dict)
    handled: set[int] = field(default_factory=set)
    counts: dict[Op, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    slots: threading.BoundedSemaphore = field(init=False)
    _stopped: bool = False
    _emitting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.slots = threading.BoundedSemaphore(self.parallel)
        for state in self.resources:
            if not state.delete:
                self.olds.setdefault(state.urn, state)

    @property
    def offline(self) -> bool:
        """Whether no provider is asked and every answer is unknown."""
        return isinstance(self.registry, Unknowns)

    @property
    def stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        """Take no new work; what runs may finish."""
        self._stopped = True

    def check_running(self) -> None:
        """Raises Stopped where no new work is taken."""
        if self._stopped:
            raise Stopped("the operation is ending")

    def fail(self, urn: str, message: str) -> None:
        """Record a failure, tell the listener, and take no new work."""
        with self.lock:
            self.failures.append(f"{urn}: {message}" if urn else message)
            self._stopped = True
        self.emit(Diagnostic(Severity.ERROR, message, urn))

    def warn(self, urn: str, message: str) -> None:
        """Tell the listener something that is no failure."""
        self.emit(Diagnostic(Severity.WARNING, message, urn))

    def emit(self, event: Event) -> None:
        """Pass an event on; the listener is called from one thread at a time."""
        with self._emitting:
            if isinstance(event, StepDone) and not event.error:
                self.counts[event.op] = self.counts.get(event.op, 0) + 1
            self.listener(event)

    def root(self) -> str:
        """The URN of the stack's own resource."""
        return urns.make(self.stack, self.project, "", urns.STACK_TYPE, f"{self.project}-{self.stack}")


def dependencies(state: ResourceState) -> Iterator[str]:
    """URNs of all that a resource needs while it exists, its parent and provider among them."""
    if state.provider:
        yield urns.split_reference(state.provider)[0]
    if state.parent:
        yield state.parent
    yield from own_dependencies(state)


def own_dependencies(state: ResourceState) -> Iterator[str]:
    """URNs of the resources that a resource was made from, without its parent and provider."""
    yield from state.dependencies
    for needed in state.property_dependencies.values():
        yield from needed
    if state.deleted_with:
        yield state.deleted_with
    yield from state.extra.get("replaceWith", ())


def dependents(
    root: ResourceState, resources: Iterable[ResourceState], ignored: set[str]
) -> list[ResourceState]:
    """Resources that depend on `root`, directly or not, in the state's order; a parent is no dependency here.

    Relies on the state's order: whatever a resource needs stands before it.
    """
    found: list[ResourceState] = []
    needed = {root.urn}
    passed = False
    for state in resources:
        if state is root:
            passed = True
        elif passed and state.urn not in ignored and not needed.isdisjoint(_without_parent(state)):
            found.append(state)
            needed.add(state.urn)
    return found


def _without_parent(state: ResourceState) -> Iterator[str]:
    if state.provider:
        yield urns.split_reference(state.provider)[0]
    yield from own_dependencies(state)
