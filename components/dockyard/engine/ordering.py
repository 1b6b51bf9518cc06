"""The order of a state: whatever a resource needs stands before it. The CLI refuses a state in another order.

Rules as in Pulumi's `pkg/resource/stack/snapshot/integrity.go`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dockyard.engine.checkpoint import ResourceState


def needs(state: ResourceState) -> Iterator[str]:
    """URNs that must stand before a resource."""
    if state.provider:
        yield state.provider.rpartition("::")[0]
    if state.parent:
        yield state.parent
    yield from state.dependencies
    for urns in state.property_dependencies.values():
        yield from urns
    if state.deleted_with:
        yield state.deleted_with


def rename(state: ResourceState, old: str, new: str) -> bool:
    """Make a resource refer to another by its new URN. False where it did not refer to it."""
    if old not in needs(state):
        return False
    if state.provider.rpartition("::")[0] == old:
        state.provider = f"{new}::{state.provider.rpartition('::')[2]}"
    state.parent = new if state.parent == old else state.parent
    state.deleted_with = new if state.deleted_with == old else state.deleted_with
    state.dependencies = [new if urn == old else urn for urn in state.dependencies]
    state.property_dependencies = {
        key: [new if urn == old else urn for urn in urns] for key, urns in state.property_dependencies.items()
    }
    return True


def arrange(states: Sequence[ResourceState]) -> list[ResourceState]:
    """The resources so that each stands behind what it needs, and otherwise where it stood."""
    places: dict[str, ResourceState] = {}
    for state in reversed(states):
        # One that is about to be deleted counts only where there is no other of its name.
        if not state.delete or state.urn not in places:
            places[state.urn] = state
    done: dict[int, ResourceState] = {}
    for state in states:
        _visit(state, places, done)
    return list(done.values())


def _visit(root: ResourceState, places: Mapping[str, ResourceState], done: dict[int, ResourceState]) -> None:
    entered: set[int] = set()
    stack = [root]
    while stack:
        state = stack[-1]
        if id(state) in done:
            stack.pop()
            continue
        wanted = [places[urn] for urn in needs(state) if urn in places]
        missing = [needed for needed in wanted if id(needed) not in done and id(needed) not in entered]
        if id(state) in entered or not missing:
            done[id(state)] = stack.pop()
        else:
            stack += reversed(missing)
        entered.add(id(state))


def faults(states: Sequence[ResourceState]) -> list[str]:
    """What would make the CLI refuse a state, in its order."""
    seen: set[str] = set()
    providers: set[str] = set()
    found = []
    for state in states:
        if state.type.startswith("pulumi:providers:"):
            providers.add(f"{state.urn}::{state.id}")
        if state.id and not state.custom:
            found.append(f"{state.urn}: is a component and has an id")
        if state.provider and state.provider not in providers and not state.pending_replacement:
            found.append(f"{state.urn}: its provider {state.provider} does not stand before it")
        own = {urn for urn in needs(state) if urn != state.provider.rpartition("::")[0]}
        found += [
            f"{state.urn}: {urn}, which it needs, does not stand before it" for urn in sorted(own - seen)
        ]
        seen.add(state.urn)
    living = Counter(state.urn for state in states if not state.delete)
    return found + [f"{urn}: stands there {count} times" for urn, count in living.items() if count > 1]
