"""Verbs that change a stack: up, refresh, destroy, and preview, which only shows."""

import sys

import click

from dockyard.cli import context, display, report
from dockyard.cli.confirm import confirm
from dockyard.cli.context import Workplace
from dockyard.cli.hand_over import hand_over
from dockyard.engine import operation
from dockyard.errors import DockyardError

QUESTIONS = {"up": "Do this?", "refresh": "Bring the state up to date?", "destroy": "Remove all of this?"}


def up(stack: str, engine: str, *, as_json: bool, yes: bool, refresh: bool) -> None:
    """`up`, then what a person needs to use the registry, and whether it works."""
    place = change("up", stack, engine, as_json=as_json, yes=yes, refresh=refresh)
    if not as_json:
        report.after_up(place, stack, engine)


def change(
    verb: str, stack: str, engine: str, *, as_json: bool, yes: bool, refresh: bool = False
) -> Workplace:
    """Runs a verb to its end. Raises DockyardError where it could not begin, SystemExit(1) where resources failed."""
    place = context.workplace()
    chosen = context.choose(engine, place)
    click.echo(context.explain(engine, chosen), err=True)
    if chosen == "pulumi":
        _pass_on(place, verb, stack, as_json=as_json, yes=yes, refresh=refresh)
        return place
    if verb in ("up", "preview"):
        _check_known(place, stack)
    if verb != "preview" and not yes:
        _ask(place, verb, stack)
    failed = _run(place, verb, stack, as_json=as_json, refresh=refresh)
    if failed:
        sys.exit(1)
    return place


def _check_known(place: Workplace, stack: str) -> None:
    """A name that was mistyped makes no stack. Raises DockyardError where there is neither state nor configuration for it."""
    file = place.project.stack_file(stack)
    if file.is_file() or stack in place.backend.stacks(place.project.name):
        return
    found = sorted(path.name.split(".")[1] for path in file.parent.glob("Pulumi.*.yaml"))
    raise DockyardError(
        f"no stack named {stack!r}: there is no {file}",
        f"make that file; there are: {', '.join(found) or 'none'}",
    )


def _ask(place: Workplace, verb: str, stack: str) -> None:
    if verb == "up":
        with display.for_terminal("preview") as listener:
            operation.run("preview", place.project, stack, listener=listener)
    confirm(QUESTIONS[verb], False)


def _run(place: Workplace, verb: str, stack: str, *, as_json: bool, refresh: bool) -> bool:
    """True where something failed."""
    options = operation.Options(refresh=refresh)
    with display.for_terminal(verb, quiet=as_json) as listener:
        recorder = display.Recorder(listener)
        result = operation.run(verb, place.project, stack, options, recorder)
    if as_json:
        click.echo(recorder.to_json(result))
    return not result.ok


def _pass_on(place: Workplace, verb: str, stack: str, *, as_json: bool, yes: bool, refresh: bool) -> None:
    flags = hand_over(place, stack, verb)
    if as_json:
        flags.append("--json")
    if yes and verb != "preview":
        flags += ["--yes", "--skip-preview"]
    if refresh:
        flags.append("--refresh")
    context.run_pulumi(place, [verb, "-s", stack, *flags])
