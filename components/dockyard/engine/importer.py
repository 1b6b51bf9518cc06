"""Taking over a resource that exists already (`import_` in a resource's options): it is read, recorded, and
from then on is an old one.
"""

from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Op
from dockyard.engine.executor import AnyProvider, Executor, Step
from dockyard.engine.goal import Goal


def wanted(goal: Goal, old: ResourceState | None) -> bool:
    """True where the goal names an id that the state does not hold already; as Pulumi's
    `continueStepsFromRefresh`.
    """
    if not (goal.custom and goal.import_id):
        return False
    return old is None or old.external or (old.import_id or old.id) != goal.import_id


def run(
    executor: Executor, old: ResourceState | None, new: ResourceState, provider: AnyProvider
) -> ResourceState:
    """Read the resource and record it in place of `old`, which is condemned. Returns what was read, the old
    state from here on.
    """
    op = Op.IMPORT if old is None else Op.IMPORT_REPLACEMENT
    new.id = new.import_id
    executor.adopt(Step(op, old, new), provider)
    return new
