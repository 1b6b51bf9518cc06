"""Replacing a resource: create the new one first and condemn the old, or delete first, along with what
would have to go with it.
"""

import threading
from typing import Any

from dockyard.engine import changes as change_module
from dockyard.engine import deployment as deployments
from dockyard.engine import steps
from dockyard.engine import urn as urns
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Op
from dockyard.engine.executor import AnyProvider, Changes, Executor, Step
from dockyard.engine.goal import Goal
from dockyard.engine.provider import Target
from dockyard.engine.values import UNKNOWN
from dockyard.errors import DockyardError


class Replacer:
    """Replaces resources of a deployment."""

    def __init__(self, deployment: Deployment, executor: Executor) -> None:
        self._deployment = deployment
        self._executor = executor

    def replace(
        self,
        old: ResourceState,
        new: ResourceState,
        goal: Goal,
        provider: AnyProvider | None,
        delete_first: bool,
        described: Changes,
    ) -> None:
        """Replace `old` by `new`. Raises DockyardError where something that would have to be deleted is
        protected.
        """
        if new.protect and old.protect:
            raise protected(old.urn, "it would have to be replaced")
        if goal.import_id:
            raise DockyardError(
                f"{old.urn} was imported and still names its id, so it may not be replaced",
                "remove `import_` from the resource's options",
            )
        with self._deployment.lock:
            self._deployment.replaced.add(new.urn)
        if delete_first:
            self._delete_first(old, provider)
        step = Step(Op.CREATE_REPLACEMENT, old, new, described)
        self._executor.create(step, provider, condemn=not delete_first)

    def _delete_first(self, old: ResourceState, provider: AnyProvider | None) -> None:
        condemned = self._condemn(old)
        gone = {state.urn for state in condemned} | {old.urn}
        try:
            for state in reversed(condemned):
                self.remove(state, self._provider(state), gone, keep=True)
            if not old.pending_replacement:
                self.remove(old, self._provider(old) if old.custom else None, gone, keep=True)
        finally:
            # Whoever waits to re-create one of these must not wait for ever: a failure has stopped the
            # deployment by now.
            with self._deployment.lock:
                for state in condemned:
                    self._deployment.deleted[state.urn].set()

    def _condemn(self, root: ResourceState) -> list[ResourceState]:
        """The resources to delete along with `root`, in the state's order, from now on marked as deleted."""
        deployment = self._deployment
        with deployment.lock:
            found = self._dependents_to_replace(root)
            for state in found:
                if state.protect:
                    raise protected(state.urn, f"it would have to be replaced along with {root.urn}")
            for state in found:
                deployment.deleted.setdefault(state.urn, threading.Event())
                deployment.replaced.add(state.urn)
            return found

    def _dependents_to_replace(self, root: ResourceState) -> list[ResourceState]:
        deployment = self._deployment
        replaced = {root.urn}
        ignored = deployment.registered | deployment.deleted.keys()
        found = []
        for state in deployments.dependents(root, deployment.resources, ignored):
            if not state.delete and not state.pending_replacement and self._must_go(state, replaced):
                found.append(state)
                replaced.add(state.urn)
        return found

    def _must_go(self, state: ResourceState, replaced: set[str]) -> bool:
        """True where a resource has to be replaced when those in `replaced` are: the provider is asked,
        with unknowns.
        """
        if not state.custom or state.external:
            return False
        if state.provider and urns.split_reference(state.provider)[0] in replaced:
            return True
        if state.deleted_with in replaced or not replaced.isdisjoint(state.extra.get("replaceWith", ())):
            return True
        inputs: dict[str, Any] = {
            key: value if replaced.isdisjoint(state.property_dependencies.get(key, ())) else UNKNOWN
            for key, value in state.inputs.items()
        }
        if all(inputs[key] is value for key, value in state.inputs.items()):
            return False
        ignored = state.extra.get("ignoreChanges", [])
        provider = self._provider(state)
        diff = provider.diff(Target(state.urn, state.id), state.inputs, state.outputs, inputs, ignored)
        diff = steps.complete(diff, state.inputs, inputs, ignored)
        diff = steps.replace_on_changes(diff, state.extra.get("replaceOnChanges", []), False)
        return bool(diff.changed and diff.replaces)

    def _provider(self, state: ResourceState) -> AnyProvider:
        return provider_of(self._deployment, state)

    def remove(
        self, state: ResourceState, provider: AnyProvider | None, gone: set[str], *, keep: bool = False
    ) -> None:
        """Delete one resource of the state. One that is retained, external or deleted with another is only
        forgotten.
        """
        note = ""
        if state.external:
            provider, note = None, "not owned by this stack"
        elif state.retain_on_delete:
            provider, note = None, "kept (retainOnDelete)"
        elif state.deleted_with in gone:
            provider, note = None, f"deleted with {urns.name_of(state.deleted_with)}"
        op = Op.DELETE_REPLACED if keep or state.delete else Op.DELETE
        if state.pending_replacement:
            # An interrupted replacement deleted it already.
            provider, op = None, Op.DISCARD_REPLACED
        described = change_module.describe(state.inputs, {}) if op is Op.DELETE else ()
        step = Step(op, state, None, described, note)
        self._executor.delete(step, provider if state.custom else None, keep_for_replacement=keep)
        with self._deployment.lock:
            self._deployment.handled.add(id(state))


def provider_of(deployment: Deployment, state: ResourceState) -> AnyProvider:
    """The provider that made a custom resource of the state, started where it is not running."""
    if urns.is_provider_type(state.type):
        deployment.registry.ensure(state)
        return deployment.registry
    running = deployment.registry.get(state.provider)
    if running is not None:
        return running
    urn, id_ = urns.split_reference(state.provider)
    for known in deployment.resources:
        if known.urn == urn and known.id == id_:
            return deployment.registry.ensure(known)
    raise DockyardError(f"the state has no provider {state.provider} for {state.urn}")


def protected(urn: str, why: str) -> DockyardError:
    """The refusal to touch a protected resource."""
    return DockyardError(
        f"{urn} is protected, and {why}", "remove `protect=True` from its options and run `up` once before"
    )
