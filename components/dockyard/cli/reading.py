"""Verbs that read or keep a stack's state: outputs, stack, state, cancel."""

import json
from typing import Any

import click

from dockyard.cli import context
from dockyard.cli.confirm import confirm
from dockyard.cli.context import Workplace
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError

STACK_TYPE = "pulumi:pulumi:Stack"
HIDDEN = "[secret]"


def print_outputs(stack: str, engine: str, name: str | None, *, as_json: bool, show_secrets: bool) -> None:
    place = context.workplace()
    found = stack_outputs(place, stack, engine, show_secrets=show_secrets)
    if name is not None:
        if name not in found:
            raise DockyardError(
                f"stack {stack!r} has no output {name!r}", f"its outputs: {', '.join(sorted(found))}"
            )
        value = found[name]
        click.echo(
            json.dumps(value, indent=2) if as_json or not isinstance(value, str) else value.rstrip("\n")
        )
    elif as_json:
        click.echo(json.dumps(found, indent=2, sort_keys=True))
    else:
        for key in sorted(found):
            value = found[key]
            click.echo(
                f"{key}: {value.rstrip() if isinstance(value, str) else json.dumps(value, sort_keys=True)}"
            )


def stack_outputs(place: Workplace, stack: str, engine: str, *, show_secrets: bool) -> dict[str, Any]:
    """The stack's outputs; a secret is the text "[secret]" unless it is to be shown. Raises DockyardError."""
    if context.choose(engine, place) == "pulumi":
        flags = ["--show-secrets"] if show_secrets else []
        text = context.pulumi_output(place, ["stack", "output", "-s", stack, "--json", *flags])
        found: dict[str, Any] = json.loads(text)
        return found
    checkpoint = place.backend.load(place.project.name, stack)
    if checkpoint is None:
        known = ", ".join(place.backend.stacks(place.project.name)) or "none yet"
        raise DockyardError(
            f"no stack named {stack!r}", f"stacks: {known}; `dockyard up -s {stack}` makes it"
        )
    for state in checkpoint.resources:
        if state.type == STACK_TYPE:
            return {key: _plain(value, show_secrets) for key, value in state.outputs.items()}
    return {}


def _plain(value: Any, show_secrets: bool) -> Any:
    if isinstance(value, Secret):
        return _plain(value.value, show_secrets) if show_secrets else HIDDEN
    if isinstance(value, dict):
        return {key: _plain(item, show_secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, show_secrets) for item in value]
    return value


def list_stacks(*, as_json: bool) -> None:
    place = context.workplace()
    names = place.backend.stacks(place.project.name)
    if as_json:
        click.echo(json.dumps(names))
    for name in [] if as_json else names:
        click.echo(name)


def remove_stack(stack: str, *, yes: bool) -> None:
    place = context.workplace()
    confirm(f"Remove stack {stack!r} and its history?", yes)
    with place.backend.lock(place.project.name, stack):
        place.backend.remove_stack(place.project.name, stack)


def export_state(stack: str, *, show_secrets: bool) -> None:
    place = context.workplace()
    click.echo(
        json.dumps(place.backend.export(place.project.name, stack, show_secrets=show_secrets), indent=4)
    )


def import_state(stack: str, text: bytes, *, yes: bool) -> None:
    place = context.workplace()
    try:
        exported = json.loads(text)
    except ValueError as error:
        raise DockyardError(f"this is no exported state: {error}") from error
    confirm(f"Replace the state of stack {stack!r}?", yes)
    with place.backend.lock(place.project.name, stack):
        place.backend.import_(place.project.name, stack, exported)


def cancel(stack: str, engine: str, *, yes: bool) -> None:
    place = context.workplace()
    confirm(f"Remove the locks of stack {stack!r}? An operation that still runs would lose its state.", yes)
    if context.choose(engine, place) == "pulumi":
        context.run_pulumi(place, ["cancel", stack, "--yes"])
        return
    removed = place.backend.cancel(place.project.name, stack)
    click.echo("\n".join(f"removed the lock of {holder}" for holder in removed) or "there was no lock")
