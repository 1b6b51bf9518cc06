"""`check`: a stack's plan as a tree, with counts and the verdict of the policies."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from dockyard.cli import display, sarif, verdict
from dockyard.cli.display import short_type
from dockyard.engine import check as checks
from dockyard.engine.changes import mask
from dockyard.engine.check import Plan
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.jury import Judge
from dockyard.engine.pack import MANIFEST
from dockyard.engine.project import Project
from dockyard.engine.providers import is_default
from dockyard.engine.urn import STACK_TYPE, name_of, split_reference
from dockyard.errors import DockyardError

STDOUT = "-"
WIDEST = 1000
"""Columns of a line of the tree: a name is told in full, wherever it is read."""


def check(
    stack: str,
    *,
    as_json: bool,
    sarif_file: str,
    packs: Sequence[Path] = (),
    without_policies: bool = False,
    judge: Judge | None = None,
) -> None:
    """Plans a stack offline and prints it, with the verdict of the policy packs; default: the project's own.

    Raises DockyardError where it could not begin, SystemExit(1) where the program failed or a mandatory policy is violated.
    """
    project = Project.find()
    try:
        with display.for_terminal("check", quiet=as_json or sarif_file == STDOUT) as listener:
            folders = () if without_policies else packs or own_packs(project)
            plan = checks.run(project, stack, listener, judge, packs=folders)
    except DockyardError as error:
        if sarif_file:
            _write(sarif_file, sarif.of_error(error, project, stack))
        raise
    if sarif_file:
        _write(sarif_file, sarif.of_plan(plan, project))
    if as_json:
        click.echo(json.dumps(to_json(plan), indent=2))
    elif sarif_file != STDOUT:
        show(plan, Console(highlight=False, soft_wrap=True))
    if not plan.ok:
        sys.exit(1)


def own_packs(project: Project) -> tuple[Path, ...]:
    """The pack in the project's folder `policy`, where there is one."""
    folder = project.root / "policy"
    return (folder,) if (folder / MANIFEST).is_file() else ()


def _write(file: str, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2)
    if file == STDOUT:
        click.echo(text)
    else:
        Path(file).write_text(f"{text}\n")


def show(plan: Plan, console: Console) -> None:
    """The plan for a person; nothing but the count of errors where the program failed: they are told already."""
    if plan.errors:
        console.print(f"failed in {plan.seconds:.1f} s", style="red")
        return
    resources = shown(plan)
    console.print(tree(plan), width=WIDEST, crop=False)
    console.print()
    counts = sorted(Counter(state.type for state in resources).items())
    width = max((len(str(count)) for _, count in counts), default=0)
    for type_, count in counts:
        console.print(f"{count:>{width}} {type_}", markup=False)
    console.print(_sum(len(resources), plan.seconds))
    for line in verdict.lines(plan):
        console.print(line)


def _sum(count: int, seconds: float) -> str:
    return f"{count} resource{'' if count == 1 else 's'} planned in {seconds:.1f} s"


def shown(plan: Plan) -> list[ResourceState]:
    """The resources that a program made: without the stack's own and default providers."""
    return [state for state in plan.resources if state.type != STACK_TYPE and not is_default(state.urn)]


def tree(plan: Plan) -> Tree:
    """The resources below their parents, siblings by type and name: they are registered in no order."""
    children: dict[str, list[ResourceState]] = {}
    for state in shown(plan):
        children.setdefault(state.parent, []).append(state)
    root = next((state.urn for state in plan.resources if state.type == STACK_TYPE), "")
    grown = Tree(Text(plan.stack))
    for parent in {"", root}:
        _grow(grown, parent, children)
    return grown


def _grow(above: Tree, parent: str, children: Mapping[str, list[ResourceState]]) -> None:
    for state in sorted(
        children.get(parent, ()), key=lambda state: (short_type(state.type), name_of(state.urn))
    ):
        symbol = "·" if state.external else "+"
        note = " (read)" if state.external else " (import)" if state.import_id else ""
        branch = above.add(Text(f"{symbol} {short_type(state.type)} {name_of(state.urn)}{note}"))
        _grow(branch, state.urn, children)


def to_json(plan: Plan) -> dict[str, Any]:
    """The contract of `check --json`; README.md describes it."""
    return {
        "verb": "check",
        "project": plan.project,
        "stack": plan.stack,
        "ok": plan.ok,
        "seconds": round(plan.seconds, 3),
        "types": dict(sorted(Counter(state.type for state in shown(plan)).items())),
        "resources": [
            _resource(plan, state) for state in sorted(plan.resources, key=lambda state: state.urn)
        ],
        "outputs": mask(plan.outputs),
        "diagnostics": [display.diagnostic_json(said) for said in plan.diagnostics],
        "violations": [verdict.violation_json(plan, found) for found in plan.violations]
        if plan.judged
        else None,
        "waived": [verdict.waived_json(plan, found) for found in plan.waived] if plan.judged else None,
    }


def _resource(plan: Plan, state: ResourceState) -> dict[str, Any]:
    return {
        "urn": state.urn,
        "type": state.type,
        "name": name_of(state.urn),
        "parent": state.parent,
        "provider": split_reference(state.provider)[0] if state.provider else "",
        "custom": state.custom,
        "read": state.external,
        "inputs": mask(state.inputs),
        "dependencies": state.dependencies,
        "source": verdict.source_json(plan, state.urn),
    }
