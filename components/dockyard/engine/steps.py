"""What is to be done with one resource: the decision, apart from doing it. Rules as in Pulumi's
`step_generator.go`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from dockyard.engine import changes, paths, wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.diff import Diff
from dockyard.engine.events import Op
from dockyard.engine.goal import Goal

INIT_ERROR = "#initerror"
# Fields of the state that a run may change although the resource stays the same; the CLI writes the state
# for these alone.
_IDENTITY_FIELDS = (
    "urn",
    "type",
    "custom",
    "id",
    "custom_timeouts",
    "retain_on_delete",
    "provider",
    "parent",
    "deleted_with",
    "protect",
    "property_dependencies",
    "aliases",
    "import_id",
)
_OPTION_FIELDS = ("replaceWith", "ignoreChanges", "replaceOnChanges", "hideDiff")


class Decision(NamedTuple):
    """SAME, UPDATE, or REPLACE; for the last, whether the old one is deleted first."""

    op: Op
    delete_first: bool = False


def decide(old: ResourceState, goal: Goal, diff: Diff) -> Decision:
    """What a diff means for a resource that exists."""
    if old.pending_replacement or (diff.changed and diff.replaces):
        first = (
            diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        )
        return Decision(Op.REPLACE, first or old.pending_replacement)
    if diff.changed or old.init_errors:
        return Decision(Op.UPDATE)
    return Decision(Op.SAME)


def complete(
    diff: Diff, old_inputs: Mapping[str, Any], inputs: Mapping[str, Any], ignored: list[str]
) -> Diff:
    """A diff that the provider left open, decided by comparing the inputs."""
    if diff.changed is not None:
        return diff
    keys = changes.changed_keys(old_inputs, paths.reset(inputs, old_inputs, ignored))
    return replace(diff, changed=bool(keys), keys=keys)


def replace_on_changes(diff: Diff, patterns: Sequence[str], init_errors: bool) -> Diff:
    """The diff with a replacement wherever `replaceOnChanges` asks for one."""
    if not patterns or not (diff.changed or init_errors):
        return diff
    parsed = [paths.parse(pattern) for pattern in patterns]
    keys = set(diff.replaces)
    keys.update(key for key in diff.keys if _within(parsed, key))
    detailed = dict(diff.detailed or {})
    for path, kind in detailed.items():
        if _within(parsed, path):
            # ADD, DELETE and UPDATE are even; each is followed by its replacing form.
            detailed[path] = kind | 1
            keys.add(path)
    changed = diff.changed
    if init_errors and _within(parsed, INIT_ERROR):
        keys.add(INIT_ERROR)
        changed = True
    return replace(diff, changed=changed, replaces=sorted(keys), detailed=detailed or diff.detailed)


def _within(patterns: list[paths.Path], text: str) -> bool:
    return any(paths.contains(pattern, paths.parse(text)) for pattern in patterns)


def options(goal: Goal) -> dict[str, list[str]]:
    """Options of a registration that the state keeps under the CLI's own names."""
    values = (goal.replace_with, goal.ignore_changes, goal.replace_on_changes, goal.hide_diffs)
    return {name: list(value) for name, value in zip(_OPTION_FIELDS, values, strict=True) if value}


def must_write(old: ResourceState, new: ResourceState) -> bool:
    """True where a resource that stays the same differs from its record; the CLI's
    `sameSnapshotMutation.mustWrite`.
    """
    if any((getattr(old, name) or None) != (getattr(new, name) or None) for name in _IDENTITY_FIELDS):
        return True
    if any(old.extra.get(name) != new.extra.get(name) for name in _OPTION_FIELDS):
        return True
    if sorted(old.dependencies) != sorted(new.dependencies):
        return True
    return not (wire.identical(old.inputs, new.inputs) and wire.identical(old.outputs, new.outputs))
