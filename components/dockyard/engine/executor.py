"""Does steps: calls the provider, writes the state before and after, tells the listener. In a preview
nothing is written.

Every change is recorded as pending before the provider is asked and as done after it answered, so that a
run killed at any point leaves a state that the next run can continue from.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dockyard.engine import changes as change_module
from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment, Stopped
from dockyard.engine.events import Op, PropertyChange, StepDone, StepStarted
from dockyard.engine.failure import InitError, ProviderError
from dockyard.engine.provider import Provider, Target
from dockyard.engine.providers import Registry
from dockyard.engine.unknowns import Unknowns
from dockyard.engine.values import UNKNOWN, Secret
from dockyard.errors import DockyardError

AnyProvider = Provider | Registry | Unknowns
Changes = tuple[PropertyChange, ...]


class StepFailed(Stopped):
    """A step failed; the failure is recorded and told already."""


def concluded(deployment: Deployment, urn: str, make: Callable[[], ResourceState]) -> ResourceState:
    """The state of a resource that `make` brings about, kept as its new one. Raises StepFailed where that fails, which is told."""
    try:
        state = make()
    except (ProviderError, DockyardError) as error:
        deployment.fail(urn, str(error))
        raise StepFailed(str(error)) from error
    with deployment.lock:
        deployment.news[urn] = state
    return state


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done to which resource. `old` and `new` are None where there is none."""

    op: Op
    old: ResourceState | None
    new: ResourceState | None
    changes: Changes = ()
    note: str = ""

    @property
    def state(self) -> ResourceState:
        found = self.new or self.old
        if found is None:
            raise ValueError("a step is about a resource")
        return found


class Executor:
    """Runs the steps of a deployment, at most `deployment.parallel` provider calls at once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._store = deployment.store

    def same(self, old: ResourceState, new: ResourceState, write: bool) -> None:
        """The resource stays as it is; its record is written only where that differs."""
        if write and self._store is not None:
            self._store.replace(old, new)
        self._done(Step(Op.SAME, old, new), 0.0)

    def create(self, step: Step, provider: AnyProvider | None, *, condemn: bool = False) -> None:
        """Make a resource. condemn: the old one is to be deleted later; it is marked so in the same write."""
        new = step.state
        with self._step(step, "creating"):
            failure = self._create(new, provider)
            stamp(new, created=True)
            self._record_creation(step, new, condemn)
            if failure is not None:
                raise failure

    def _create(self, new: ResourceState, provider: AnyProvider | None) -> InitError | None:
        if provider is None:
            return None
        try:
            target = Target(new.urn, timeout=new.custom_timeouts.get("create", 0))
            new.id, new.outputs = provider.create(target, new.inputs, preview=self._deployment.preview)
        except InitError as error:
            new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
            return error
        finally:
            if self._deployment.preview:
                for key in new.additional_secret_outputs:
                    new.outputs.setdefault(key, UNKNOWN)
            seal(new)
        return None

    def _record_creation(self, step: Step, new: ResourceState, condemn: bool) -> None:
        if self._store is None:
            return
        old = step.old
        if old is not None and condemn:
            self._store.condemn(old, new)
        elif old is not None:
            self._store.replace(old, new)
        else:
            self._store.put(new)

    def update(
        self,
        old: ResourceState,
        new: ResourceState,
        changes: Changes,
        provider: AnyProvider | None,
        ignore: list[str],
    ) -> None:
        """Change a resource in place."""
        new.id, new.created, new.modified = old.id, old.created, old.modified
        with self._step(Step(Op.UPDATE, old, new, changes), "updating"):
            failure = None
            if provider is not None:
                target = Target(new.urn, old.id, new.custom_timeouts.get("update", 0))
                try:
                    new.outputs = provider.update(
                        target,
                        old.inputs,
                        old.outputs,
                        new.inputs,
                        preview=self._deployment.preview,
                        ignore=ignore,
                    )
                except InitError as error:
                    failure = error
                    new.outputs, new.init_errors = error.outputs, error.reasons
                stamp(new)
            seal(new)
            if self._store is not None:
                self._store.replace(old, new)
            if failure is not None:
                raise failure

    def delete(self, step: Step, provider: AnyProvider | None, *, keep_for_replacement: bool = False) -> None:
        """Delete a resource. Without a provider it is only forgotten.

        keep_for_replacement: its record stays, marked as waiting for its replacement, until that is made.
        """
        old = step.state
        with self._step(step, "deleting"):
            if provider is not None and not self._deployment.preview:
                target = Target(old.urn, old.id, old.custom_timeouts.get("delete", 0))
                provider.delete(target, old.inputs, old.outputs)
            if self._store is None:
                return
            if keep_for_replacement:
                old.pending_replacement = True
                self._store.put(old)
            else:
                self._store.drop(old)

    def read(self, step: Step, provider: AnyProvider, *, condemn: bool = False) -> None:
        """Read a resource that the stack does not own."""
        new = step.state
        with self._step(step, "reading"):
            found, _, outputs = provider.read(Target(new.urn, new.id), new.inputs, new.inputs)
            if not found:
                raise ProviderError(f"resource {new.id!r} does not exist")
            new.id, new.outputs = found, outputs
            seal(new)
            self._record_creation(step, new, condemn)

    def adopt(self, step: Step, provider: AnyProvider) -> None:
        """Import a resource: from now on the stack owns it."""
        new = step.state
        with self._step(step, "importing"):
            found, inputs, outputs = provider.read(Target(new.urn, new.import_id), {}, {})
            if not found:
                raise ProviderError(f"resource {new.import_id!r} does not exist")
            new.id, new.inputs, new.outputs = found, inputs, outputs
            stamp(new, created=True)
            seal(new)
            self._record_creation(step, new, condemn=True)

    @contextmanager
    def _step(self, step: Step, operation: str) -> Iterator[None]:
        """Announce a step, hold one of the slots while it runs, and report how it ended."""
        deployment, state = self._deployment, step.state
        with deployment.slots:
            deployment.check_running()
            started = time.monotonic()
            deployment.emit(
                StepStarted(step.op, state.urn, state.type, urns.name_of(state.urn), step.changes)
            )
            pending = self._store is not None and state.custom
            if self._store is not None and pending:
                self._store.begin(operation, state)
            try:
                yield
            except (ProviderError, DockyardError) as error:
                if self._store is not None and pending:
                    self._store.end(state)
                self._done(step, time.monotonic() - started, str(error))
                deployment.fail(state.urn, f"{operation}: {error}")
                raise StepFailed(str(error)) from error
            self._done(step, time.monotonic() - started)

    def _done(self, step: Step, seconds: float, error: str = "") -> None:
        self._deployment.emit(done_event(step, seconds, error))


def done_event(step: Step, seconds: float, error: str = "") -> StepDone:
    """How a step ended, with everything secret masked."""
    state, old, new = step.state, step.old, step.new
    quiet = step.op is Op.SAME
    return StepDone(
        op=step.op,
        urn=state.urn,
        type=state.type,
        name=urns.name_of(state.urn),
        id=state.id,
        parent=state.parent,
        seconds=seconds,
        changes=step.changes,
        error=error,
        old_inputs=change_module.mask(old.inputs) if old and not quiet else {},
        new_inputs=change_module.mask(new.inputs) if new and not quiet else {},
        old_outputs=change_module.mask(old.outputs) if old and not quiet else {},
        new_outputs=change_module.mask(new.outputs) if new and not quiet else {},
        note=step.note,
    )


def seal(state: ResourceState) -> None:
    """Make secret what must be: outputs named in additionalSecretOutputs, and outputs whose input of the
    same name is secret.
    """
    for key, value in state.outputs.items():
        if key in state.additional_secret_outputs or isinstance(state.inputs.get(key), Secret):
            state.outputs[key] = wire.secret(value)


def stamp(state: ResourceState, *, created: bool = False) -> None:
    """Note that a resource was changed, or made, now."""
    state.modified = datetime.now(UTC)
    if created:
        state.created = state.modified
