"""From a registration to steps: finds the old resource, asks the provider to check and diff, and has the
executor do what follows.

Each registration runs in its own thread, so independent resources are worked on side by side; what two of
them may both touch is under the deployment's lock. Rules as in Pulumi's `step_generator.go`.
"""

import threading
from typing import NamedTuple

from dockyard.engine import changes as change_module
from dockyard.engine import goal as goals
from dockyard.engine import importer, paths, steps, wire
from dockyard.engine import urn as urns
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment
from dockyard.engine.diff import Diff
from dockyard.engine.events import Op
from dockyard.engine.executor import AnyProvider, Executor, Step, concluded
from dockyard.engine.goal import Goal
from dockyard.engine.provider import Properties, Target
from dockyard.engine.providers import default_name
from dockyard.engine.replacement import Replacer
from dockyard.errors import DockyardError


class Found(NamedTuple):
    """A registration matched with the state."""

    urn: str
    old: ResourceState | None
    alias: str
    deleted: threading.Event | None


class Planner:
    """Registers resources. `register` and `default_provider` may be called from many threads."""

    def __init__(self, deployment: Deployment, executor: Executor) -> None:
        self._deployment = deployment
        self._executor = executor
        self._replacer = Replacer(deployment, executor)
        self._defaults: dict[tuple[str, str], str] = {}
        self._default_lock = threading.Lock()

    def register(self, goal: Goal) -> ResourceState:
        """Bring one resource to its goal and return its state. Raises Stopped (StepFailed where this
        resource is why).
        """
        deployment = self._deployment
        deployment.check_running()
        urn = urns.make(deployment.stack, deployment.project, goal.parent, goal.type, goal.name)
        return concluded(deployment, urn, lambda: self._register(urn, goal))

    def _register(self, urn: str, goal: Goal) -> ResourceState:
        self._inherit(goal)
        if goal.custom and not urns.is_provider_type(goal.type) and not goal.provider:
            goal.provider = self.default_provider(goal.type, goal.version)
        return self._steps(self._claim(urn, goal), goal)

    def default_provider(self, wanted: str, version: str) -> str:
        """The reference of the default provider for a type or function, registered when it is first needed."""
        package = urns.package_of(wanted)
        with self._default_lock:
            key = (package, version)
            if key not in self._defaults:
                self._deployment.registry.require(wanted)
                inputs = self._package_config(package)
                if version:
                    inputs["version"] = version
                type_ = urns.PROVIDER_PREFIX + package
                state = self.register(
                    Goal(type=type_, name=default_name(version), custom=True, inputs=inputs)
                )
                self._defaults[key] = f"{state.urn}::{state.id}"
            return self._defaults[key]

    def _package_config(self, package: str) -> Properties:
        deployment = self._deployment
        return {
            key.split(":", 1)[1]: wire.secret(value) if key in deployment.secret_keys else value
            for key, value in deployment.config.items()
            if key.split(":", 1)[0] == package
        }

    def _inherit(self, goal: Goal) -> None:
        """What a child takes from its parent where it says nothing itself."""
        with self._deployment.lock:
            parent = self._deployment.goals.get(goal.parent)
        if parent is None:
            return
        goal.deleted_with = goal.deleted_with or parent.deleted_with
        goal.protect = parent.protect if goal.protect is None else goal.protect
        goal.retain_on_delete = (
            parent.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete
        )
        if not goal.provider and goal.custom and parent.provider:
            inherited = urns.type_of(urns.split_reference(parent.provider)[0])
            if urns.package_of(inherited) == urns.package_of(goal.type):
                goal.provider = parent.provider

    def _claim(self, urn: str, goal: Goal) -> Found:
        """Match the registration with the state, once: a URN is registered by one resource only."""
        deployment = self._deployment
        with deployment.lock:
            if urn in deployment.registered:
                raise DockyardError(f"two resources have the same URN {urn}", "give one of them another name")
            if urn in deployment.claimed:
                raise DockyardError(f"{urn} was already claimed by {deployment.claimed[urn]} as its alias")
            deployment.registered.add(urn)
            deployment.goals[urn] = goal
            old, alias = deployment.olds.get(urn), ""
            if old is None:
                aliases = goals.alias_urns(
                    goal, deployment.stack, deployment.project, deployment.found_aliases
                )
                alias = next((name for name in aliases if name in deployment.olds), "")
            if alias:
                self._claim_alias(urn, alias)
                old = deployment.olds[alias]
            return Found(urn, old, alias, deployment.deleted.get(alias or urn))

    def _claim_alias(self, urn: str, alias: str) -> None:
        deployment = self._deployment
        taken = deployment.claimed.get(alias) or (alias if alias in deployment.registered else "")
        if taken:
            raise DockyardError(f"{urn} has the alias {alias}, which {taken} is already")
        deployment.claimed[alias] = urn
        deployment.found_aliases[urn] = alias
        deployment.registered.add(alias)

    def _new_state(self, found: Found, goal: Goal) -> ResourceState:
        old = found.old
        return ResourceState(
            urn=found.urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.inputs,
            parent=goal.parent,
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            provider=goal.provider if goal.custom else "",
            protect=bool(goal.protect),
            retain_on_delete=bool(goal.retain_on_delete),
            deleted_with=goal.deleted_with,
            additional_secret_outputs=goal.additional_secret_outputs,
            aliases=[found.alias] if found.alias else [],
            custom_timeouts=goal.timeouts,
            created=old.created if old else None,
            modified=old.modified if old else None,
            import_id=goal.import_id,
            extra=steps.options(goal),
        )

    def _steps(self, found: Found, goal: Goal) -> ResourceState:
        new, old = self._new_state(found, goal), found.old
        provider = self._provider(goal, found.urn)
        if provider is not None and importer.wanted(goal, old):
            old = importer.run(self._executor, old, new, provider)
            new = self._new_state(found._replace(old=old), goal)
        recreating = found.deleted is not None
        if recreating and found.deleted is not None:
            # A resource that this one was made from is replaced, deleting it first: this one is gone, or
            # just going.
            found.deleted.wait()
            self._deployment.check_running()
        fresh = old is None or recreating or old.external
        self._check(new, goal, provider, None if fresh else old)
        if old is None:
            self._executor.create(Step(Op.CREATE, None, new), provider)
        elif recreating or old.external:
            self._recreate(old, new, provider, condemn=not recreating)
        else:
            return self._change(old, new, goal, provider)
        return new

    def _recreate(
        self, old: ResourceState, new: ResourceState, provider: AnyProvider | None, *, condemn: bool
    ) -> None:
        with self._deployment.lock:
            self._deployment.replaced.add(new.urn)
        described = change_module.describe(old.inputs, new.inputs)
        self._executor.create(Step(Op.CREATE_REPLACEMENT, old, new, described), provider, condemn=condemn)

    def _provider(self, goal: Goal, urn: str) -> AnyProvider | None:
        if not goal.custom:
            return None
        registry = self._deployment.registry
        if urns.is_provider_type(goal.type):
            return registry
        found = registry.get(goal.provider)
        if found is None:
            old = self._deployment.olds.get(urns.split_reference(goal.provider)[0])
            if old is None:
                raise DockyardError(f"unknown provider {goal.provider!r} for {urn}")
            found = registry.ensure(old)
        return found

    def _check(
        self, new: ResourceState, goal: Goal, provider: AnyProvider | None, old: ResourceState | None
    ) -> None:
        """Have the provider check the inputs; they become the ones that it answers with. Raises
        DockyardError.
        """
        inputs = goal.inputs if old is None else paths.reset(goal.inputs, old.inputs, goal.ignore_changes)
        new.inputs = inputs
        if provider is None:
            return
        olds = {} if old is None else old.inputs
        checked, failures = provider.check(Target(new.urn), olds, inputs, preview=self._deployment.preview)
        if failures:
            reasons = "\n".join(f"  {name}: {reason}" if name else f"  {reason}" for name, reason in failures)
            raise DockyardError(f"{new.type} {urns.name_of(new.urn)!r} has invalid properties:\n{reasons}")
        new.inputs = checked

    def _change(
        self, old: ResourceState, new: ResourceState, goal: Goal, provider: AnyProvider | None
    ) -> ResourceState:
        diff = self._diff(old, new, goal, provider)
        diff = steps.replace_on_changes(diff, goal.replace_on_changes, bool(old.init_errors))
        decision = steps.decide(old, goal, diff)
        described = change_module.describe(old.inputs, new.inputs, diff) if decision.op is not Op.SAME else ()
        if decision.op is Op.REPLACE:
            # Defaults that the provider kept from the old inputs are no longer wanted.
            self._check(new, goal, provider, None)
            self._replacer.replace(old, new, goal, provider, decision.delete_first, described)
        elif decision.op is Op.UPDATE:
            self._executor.update(old, new, described, provider, goal.ignore_changes)
        else:
            return self._same(old, new)
        return new

    def _same(self, old: ResourceState, new: ResourceState) -> ResourceState:
        new.id, new.outputs, new.created, new.modified = old.id, old.outputs, old.created, old.modified
        if urns.is_provider_type(new.type):
            self._deployment.registry.same(new, old.inputs)
        write = steps.must_write(old, new)
        self._executor.same(old, new, write)
        # Where nothing is written the old record stays the one that the store knows.
        return new if write else old

    def _diff(self, old: ResourceState, new: ResourceState, goal: Goal, provider: AnyProvider | None) -> Diff:
        with self._deployment.lock:
            replaced_with = next(
                (urn for urn in new.extra.get("replaceWith", ()) if urn in self._deployment.replaced), ""
            )
            gone_with = new.deleted_with in self._deployment.replaced
        if replaced_with or gone_with:
            return Diff(changed=True, replaces=["replaceWith" if replaced_with else "deletedWith"])
        if self._provider_changed(old, new):
            return Diff(changed=True, replaces=["provider"])
        if provider is None:
            keys = change_module.changed_keys(old.inputs, new.inputs)
            return Diff(changed=bool(keys), keys=keys)
        target = Target(new.urn, old.id)
        diff = provider.diff(target, old.inputs, old.outputs, new.inputs, goal.ignore_changes)
        return steps.complete(diff, old.inputs, new.inputs, goal.ignore_changes)

    def _provider_changed(self, old: ResourceState, new: ResourceState) -> bool:
        """True where the resource now belongs to a provider that cannot manage what the old one made."""
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        deployment = self._deployment
        old_urn, new_urn = (urns.split_reference(reference)[0] for reference in (old.provider, new.provider))
        if deployment.claimed.get(old_urn) == new_urn:
            return False
        before, after = deployment.olds.get(old_urn), deployment.news.get(new_urn)
        provider = deployment.registry.get(new.provider)
        if before is None or after is None or provider is None:
            return True
        diff = provider.diff_config(Target(new_urn, after.id), before.inputs, before.outputs, after.inputs)
        return bool(diff.changed and diff.replaces)
