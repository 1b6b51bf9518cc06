"""A provider's judgement of a change."""

from dataclasses import dataclass, field

from dockyard.engine.stubs import provider_pb2

_DIFF_NONE = 1


@dataclass(slots=True)
class Diff:
    """A provider's judgement. `changed` None means that it does not know; `detailed` maps property paths to
    PropertyDiff kinds.
    """

    changed: bool | None
    replaces: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    delete_before_replace: bool = False
    detailed: dict[str, int] | None = None


def from_message(answer: provider_pb2.DiffResponse) -> Diff:
    """The diff in a provider's answer."""
    detailed = {path: int(change.kind) for path, change in answer.detailedDiff.items()}
    # ADD, DELETE and UPDATE are even numbers; each is followed by its replacing form.
    replacing = [path for path, kind in detailed.items() if kind % 2]
    return Diff(
        changed=None if answer.changes == 0 else answer.changes != _DIFF_NONE,
        replaces=list(dict.fromkeys([*answer.replaces, *replacing])),
        keys=list(answer.diffs),
        delete_before_replace=answer.deleteBeforeReplace,
        detailed=detailed if answer.hasDetailedDiff or detailed else None,
    )
