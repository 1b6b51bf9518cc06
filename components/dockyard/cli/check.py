"""`check`: a stack's plan as a tree, with counts and the verdict of the policies."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from dockyard.cli import display, sarif
from dockyard.cli.display import short_type
from dockyard.engine import check as checks
from dockyard.engine.changes import mask
from dockyard.engine.check import Plan, Violation
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.jury import Judge
from dockyard.engine.pack import MANIFEST
from dockyard.engine.project import Project
from dockyard.engine.providers import is_default
from dockyard.engine.source import Source
from dockyard.engine.urn import STACK_TYPE, name_of, split_reference, type_of
from dockyard.errors import DockyardError

STDOUT = "-"


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
    console.print(tree(plan))
    console.print()
    counts = sorted(Counter(state.type for state in resources).items())
    width = max((len(str(count)) for _, count in counts), default=0)
    for type_, count in counts:
        console.print(f"{count:>{width}} {type_}", markup=False)
    console.print(_sum(len(resources), plan.seconds))
    for line in verdict(plan):
        console.print(line, markup=False)


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


def verdict(plan: Plan) -> Iterator[str]:
    """What the policies say: violations with their resource, and how many there are; nothing without policies."""
    for violation in plan.violations:
        about = f" ({type_of(violation.urn)}: {name_of(violation.urn)})" if violation.urn else ""
        yield f"[{level(violation)}] {violation.policy}{about}"
        yield from (f"  {text}" for text in (violation.description, violation.message) if text)
    if plan.judged:
        count = len(plan.violations)
        yield f"policies: {count or 'no'} violation{'' if count == 1 else 's'}"


def level(violation: Violation) -> str:
    return "mandatory" if violation.mandatory else "advisory"


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
        "violations": [{**asdict(violation), "level": level(violation)} for violation in plan.violations]
        if plan.judged
        else None,
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
        "source": _source(plan.sources.get(state.urn)),
    }


def _source(source: Source | None) -> dict[str, Any] | None:
    return source._asdict() if source else None
