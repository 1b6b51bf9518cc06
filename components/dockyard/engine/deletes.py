"""Deleting resources: whatever depends on another goes first, what is independent goes side by side."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from dockyard.engine import deployment as deployments
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment, Stopped
from dockyard.engine.executor import AnyProvider, Executor
from dockyard.engine.replacement import Replacer, protected, provider_of
from dockyard.errors import DockyardError


def unwanted(deployment: Deployment) -> list[ResourceState]:
    """What the program no longer has, and what replacements left to be deleted, in the state's order."""
    return [
        state
        for state in deployment.resources
        if id(state) not in deployment.handled and (state.delete or state.urn not in deployment.registered)
    ]


def delete_all(deployment: Deployment, executor: Executor, condemned: list[ResourceState]) -> None:
    """Delete resources of the state. Nothing is deleted where one of them is protected or has no provider
    at hand.
    """
    refusals = [
        protected(state.urn, "it would have to be deleted")
        for state in condemned
        if state.protect and not state.delete
    ]
    if refusals:
        for refusal in refusals:
            deployment.fail("", str(refusal))
        return
    try:
        providers = {id(state): _provider(deployment, state) for state in condemned}
    except DockyardError as error:
        deployment.fail("", str(error))
        return
    replacer = Replacer(deployment, executor)
    gone = {state.urn for state in condemned if not state.delete}

    def remove(state: ResourceState) -> None:
        replacer.remove(state, providers[id(state)], gone)

    _in_order(deployment, condemned, remove)


def _provider(deployment: Deployment, state: ResourceState) -> AnyProvider | None:
    untouched = not state.custom or state.external or state.retain_on_delete or state.pending_replacement
    return None if untouched else provider_of(deployment, state)


def _in_order(
    deployment: Deployment, condemned: list[ResourceState], remove: Callable[[ResourceState], None]
) -> None:
    """Run `remove` for each, in parallel, a resource only once all that depends on it is gone."""
    needs = _needs(condemned)
    waiting = dict.fromkeys(range(len(condemned)), 0)
    for indices in needs:
        for index in indices:
            waiting[index] += 1
    running: dict[Future[None], int] = {}
    with ThreadPoolExecutor(deployment.parallel, thread_name_prefix="delete") as pool:
        ready = [index for index, count in waiting.items() if count == 0]
        while ready or running:
            if not deployment.stopped:
                running.update({pool.submit(remove, condemned[index]): index for index in ready})
            ready = []
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                index = running.pop(future)
                if isinstance(future.exception(), Stopped):
                    continue
                future.result()
                for needed in needs[index]:
                    waiting[needed] -= 1
                    if waiting[needed] == 0:
                        ready.append(needed)


def _needs(condemned: list[ResourceState]) -> list[set[int]]:
    """For each resource the indices of those that must outlive it: what it depends on, and the children of
    components among that.
    """
    places: dict[str, list[int]] = defaultdict(list)
    children: dict[str, list[int]] = defaultdict(list)
    for index, state in enumerate(condemned):
        places[state.urn].append(index)
        children[state.parent].append(index)
    return [_needs_of(index, state, condemned, places, children) for index, state in enumerate(condemned)]


def _needs_of(
    index: int,
    state: ResourceState,
    condemned: list[ResourceState],
    places: dict[str, list[int]],
    children: dict[str, list[int]],
) -> set[int]:
    found = {
        place for urn in deployments.dependencies(state) for place in places.get(urn, ()) if place < index
    }
    inner = [place for urn in deployments.own_dependencies(state) for place in places.get(urn, ())]
    while inner:
        component = inner.pop()
        if not condemned[component].custom:
            below = [
                place
                for place in children.get(condemned[component].urn, ())
                if place < index and place not in found
            ]
            found.update(below)
            inner += below
    return found
