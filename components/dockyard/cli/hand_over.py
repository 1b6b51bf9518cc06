"""Before a verb is passed on to the Pulumi CLI: a state that it can read, and a configuration file that it may write to.

The CLI keeps a stack's salt in Pulumi.<stack>.yaml, and writes that file anew for it. Ours is committed and its salt stands
in the state, so the CLI is given a copy beside the state.
"""

import contextlib
import json
from pathlib import Path

import click

from dockyard.cli.context import Workplace, run_pulumi
from dockyard.engine import yaml12
from dockyard.engine.disk import write_atomically
from dockyard.engine.store import StackStore, settle
from dockyard.errors import DockyardError

THEIRS = ("encryptionsalt", "secretsprovider", "environment")
"""Keys of a stack file that the CLI already keeps in its own way."""


def hand_over(place: Workplace, stack: str, verb: str) -> list[str]:
    """Makes the stack where it is missing and leaves its state as the CLI knows it; what to add to the CLI's arguments.

    Raises DockyardError where somebody works on the stack, or where there is none to refresh or destroy.
    """
    if not place.local:
        run_pulumi(place, ["stack", "select", stack, "--create", "--non-interactive"])
        return []
    known = stack in place.backend.stacks(place.project.name)
    if not known and verb in ("refresh", "destroy"):
        raise DockyardError(f"no stack named {stack!r}", "`dockyard stack ls` shows those that there are")
    path = place.project.stack_file(stack)
    data = yaml12.load(path) if path.exists() else {}
    theirs = any(data.get(key) for key in THEIRS)
    if not known and theirs:
        run_pulumi(place, ["stack", "init", stack, "--no-select", "--non-interactive"])
    elif not known or verb != "preview":
        _settle(place, stack, known=known)
    return [] if theirs else ["--config-file", str(_copy(place, stack, path, data))]


def _settle(place: Workplace, stack: str, *, known: bool) -> None:
    """No lock of a dead process of ours, no journal beside the state; an empty state for a new stack."""
    backend, project = place.backend, place.project
    with backend.lock(project.name, stack, lambda notice: click.echo(notice, err=True)):
        if known:
            settle(backend, project.name, stack)
            return
        manager = backend.manager_for(project, stack)
        with contextlib.closing(StackStore.open(backend, project.name, stack, manager)) as store:
            store.commit()


def _copy(place: Workplace, stack: str, path: Path, data: dict[str, object]) -> Path:
    """The stack's configuration with its salt. JSON is YAML."""
    salt = place.backend.manager_for(place.project, stack).salt
    copy = place.backend.folder / path.name
    write_atomically(copy, json.dumps({**data, "encryptionsalt": salt}, indent=2).encode() + b"\n")
    return copy
