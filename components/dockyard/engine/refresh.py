"""Bringing the state up to what is: every resource is read, drift is shown and recorded, what is gone is
forgotten.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from dockyard.engine import changes as change_module
from dockyard.engine import deployment as deployments
from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Op, PropertyChange, StepStarted
from dockyard.engine.executor import Executor, Step, done_event, seal, stamp
from dockyard.engine.failure import InitError, ProviderError
from dockyard.engine.provider import Target
from dockyard.engine.replacement import provider_of
from dockyard.errors import DockyardError


def refresh(deployment: Deployment, executor: Executor) -> None:
    """Read all resources, in parallel. In a preview the state is left as it is."""
    readable = [state for state in deployment.resources if _readable(state)]
    try:
        for state in readable:
            provider_of(deployment, state)
    except (DockyardError, ProviderError) as error:
        deployment.fail("", str(error))
        return
    with ThreadPoolExecutor(deployment.parallel, thread_name_prefix="refresh") as pool:
        results = list(pool.map(lambda state: _refresh(deployment, state), readable))
    gone = {state.urn for state, new in zip(readable, results, strict=True) if new is None}
    if gone:
        _forget(deployment, gone)


def _readable(state: ResourceState) -> bool:
    return (
        state.custom
        and not urns.is_provider_type(state.type)
        and not state.pending_replacement
        and not state.delete
    )


def _refresh(deployment: Deployment, old: ResourceState) -> ResourceState | None:
    """Read one resource and record what was found: its new state, `old` where nothing differs, None where
    it is gone.
    """
    started = time.monotonic()
    if deployment.stopped:
        return old
    deployment.emit(StepStarted(Op.REFRESH, old.urn, old.type, urns.name_of(old.urn)))
    try:
        new = _read(deployment, old)
        described = _drift(deployment, old, new) if new is not None else ()
    except (ProviderError, DockyardError) as error:
        deployment.emit(done_event(Step(Op.REFRESH, old, None), time.monotonic() - started, str(error)))
        deployment.fail(old.urn, f"refreshing: {error}")
        return old
    op = Op.DELETE if new is None else Op.SAME if _unchanged(old, new) else Op.UPDATE
    _record(deployment, op, old, new)
    note = "is gone" if op is Op.DELETE else "drifted" if described else ""
    deployment.emit(done_event(Step(op, old, new, described, note), time.monotonic() - started))
    return new


def _read(deployment: Deployment, old: ResourceState) -> ResourceState | None:
    provider = provider_of(deployment, old)
    errors: list[str] = []
    try:
        id_, inputs, outputs = provider.read(Target(old.urn, old.id), old.inputs, old.outputs)
    except InitError as error:
        id_, inputs, outputs = error.id, error.inputs or old.inputs, error.outputs
        errors = error.reasons
        deployment.warn(
            old.urn, "the resource is not healthy:\n" + "\n".join(f"* {reason}" for reason in errors)
        )
    if not id_:
        return None
    new = old.copy()
    new.id, new.inputs, new.outputs, new.init_errors = id_, inputs, outputs, errors
    seal(new)
    if not _unchanged(old, new):
        stamp(new)
    return new


def _unchanged(old: ResourceState, new: ResourceState) -> bool:
    same_values = wire.identical(old.inputs, new.inputs) and wire.identical(old.outputs, new.outputs)
    return same_values and old.id == new.id and list(old.init_errors) == list(new.init_errors)


def _drift(deployment: Deployment, old: ResourceState, new: ResourceState) -> tuple[PropertyChange, ...]:
    """What an `up` would have to change, told from the other side: from what the state holds to what was
    found.
    """
    return change_module.describe(old.inputs, new.inputs) or change_module.describe(old.outputs, new.outputs)


def _record(deployment: Deployment, op: Op, old: ResourceState, new: ResourceState | None) -> None:
    position = deployment.resources.index(old)
    with deployment.lock:
        if new is None:
            deployment.olds.pop(old.urn, None)
        elif op is Op.UPDATE:
            deployment.resources[position] = deployment.olds[old.urn] = new
        if deployment.store is None:
            return
        if new is None:
            deployment.store.drop(old)
        elif op is Op.UPDATE:
            deployment.store.replace(old, new)


def _forget(deployment: Deployment, gone: set[str]) -> None:
    """Take resources that are gone out of what others say they depend on; the CLI refuses a state that
    names them.
    """
    deployment.resources[:] = [
        state for state in deployment.resources if state.urn not in gone or not state.custom
    ]
    for state in deployment.resources:
        if gone.isdisjoint(deployments.own_dependencies(state)):
            continue
        state.dependencies = [urn for urn in state.dependencies if urn not in gone]
        state.property_dependencies = {
            key: [urn for urn in needed if urn not in gone]
            for key, needed in state.property_dependencies.items()
        }
        state.deleted_with = "" if state.deleted_with in gone else state.deleted_with
        if deployment.store is not None:
            deployment.store.put(state)
