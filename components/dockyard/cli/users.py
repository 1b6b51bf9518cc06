"""`users`: who may sign in at a self-hosted registry, a new password for one, and the end of one.

The truth is the stack's configuration: each verb changes the stack's file as a person would, then runs `up`, which shows what it will
do, asks, and tells NGINX without a restart. So nothing differs from what the next `up` of anybody else would make. Passwords
are never printed here: they are in the outputs.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from dockyard.cli.confirm import must_be_askable
from dockyard.cli.options import ENGINE, JSON, STACK, YES
from dockyard.errors import DockyardError

CREDENTIAL = "dockyard:index:Credential"
RIGHTS = ("pull", "push", "delete")
NAME = click.argument("name")


@click.group(name="users")
def users() -> None:
    """Users of a self-hosted registry: list them, rotate a password, revoke one. Nothing is restarted."""


@users.command(name="list")
@STACK
@ENGINE
@JSON
def list_users(stack: str, engine: str, as_json: bool) -> None:
    """Who may sign in, with which rights, since when the password is valid, and until when the former one is."""
    found = list(_described(stack, engine))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for user in found:
        rights = "; ".join(f"{right} {', '.join(user[right])}" for right in RIGHTS if user[right])
        made = f"password of {user['made']}" if user["made"] else "password of an earlier version"
        former = f"; the former one until {user['former_until']}" if user["former_until"] else ""
        known = made + former if user["deployed"] else "not deployed"
        click.echo(f"{user['name']}: {'admin' if user['admin'] else rights or 'no patterns'}; {known}")


@users.command()
@STACK
@ENGINE
@YES
@NAME
@click.option(
    "--overlap",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    metavar="HOURS",
    help="How long the former password stays valid beside the new one; 0 ends it at once.",
)
def rotate(stack: str, engine: str, yes: bool, name: str, overlap: int) -> None:
    """Make a new password for a user. The former one stays valid meanwhile."""
    from dockyard.cli import stack_edit

    file, key, _ = _configured(stack, name)
    text = file.read_text(encoding="utf-8")
    path = ("config", key, name)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    new = stack_edit.set_value(text, (*path, "rotation"), now)
    _apply(stack, engine, file, stack_edit.set_value(new, (*path, "overlapHours"), overlap), yes=yes)
    click.echo(
        f"{name} has a new password: dockyard outputs -s {stack} users --json --show-secrets", err=True
    )
    if overlap:
        click.echo(f"the former one stays valid for {overlap} hours", err=True)


@users.command()
@STACK
@ENGINE
@YES
@NAME
def revoke(stack: str, engine: str, yes: bool, name: str) -> None:
    """Take a user away: refused from the next request on, with every password."""
    from dockyard.cli import stack_edit

    file, key, config = _configured(stack, name)
    if len(config[key]) == 1:
        raise DockyardError(
            f"{name!r} is the only user", "a registry needs one: add another to `users` first"
        )
    new = file.read_text(encoding="utf-8")
    for path in _grants(config, f"{key.removesuffix('users')}repositories", name):
        new = stack_edit.remove(new, path)
    _apply(stack, engine, file, stack_edit.remove(new, ("config", key, name)), yes=yes)
    click.echo(f"{name} is refused from now on", err=True)


def _grants(config: Mapping[str, Any], key: str, name: str) -> Iterator[tuple[str | int, ...]]:
    """Where repositories name the user, the last of a list first."""
    for repository, rights in (config.get(key) or {}).items():
        for right in ("pull", "push"):
            people = (rights or {}).get(right) or []
            for index in reversed([index for index, person in enumerate(people) if person == name]):
                yield "config", key, repository, right, index


def _configured(stack: str, name: str) -> tuple[Path, str, Mapping[str, Any]]:
    """The stack's file, the key of its users as it is written there, and its configuration. Raises DockyardError."""
    from dockyard.cli import context
    from dockyard.engine import yaml12

    project = context.workplace().project
    file = project.stack_file(stack)
    config: Mapping[str, Any] = (yaml12.load(file) if file.exists() else {}).get("config") or {}
    key = next((key for key in (f"{project.name}:users", "users") if key in config), "")
    if name not in (config.get(key) or {}):
        known = ", ".join(sorted(config.get(key) or {})) or "none"
        raise DockyardError(f"{file} has no user {name!r}", f"its users: {known}")
    return file, key, config


def _apply(stack: str, engine: str, file: Path, text: str, *, yes: bool) -> None:
    """Writes the stack's file and runs `up`; who answers no gets the file back."""
    from dockyard.cli import verbs
    from dockyard.engine.disk import write_atomically

    if not yes:
        must_be_askable()
    former, mode = file.read_bytes(), file.stat().st_mode & 0o777
    write_atomically(file, text.encode(), mode=mode)
    try:
        verbs.change("up", stack, engine, as_json=False, yes=yes)
    except click.Abort:
        write_atomically(file, former, mode=mode)
        raise
    except (DockyardError, SystemExit):
        click.echo(f"{file} is changed, the registry may not be: run `dockyard up -s {stack}`", err=True)
        raise


def _described(stack: str, engine: str) -> Iterator[dict[str, Any]]:
    from dockyard.cli import context
    from dockyard.engine.config import StackFile

    place = context.workplace()
    config = StackFile.read(place.project, stack).config.get(f"{place.project.name}:users") or {}
    deployed = {str(made["username"]): made for made in _credentials(stack, engine)}
    for name in sorted({*config, *deployed}):
        rights, made = config.get(name) or {}, deployed.get(name, {})
        yield {
            "name": name,
            **{right: rights.get(right) or [] for right in RIGHTS},
            "admin": bool(rights.get("admin")),
            "deployed": name in deployed,
            "rotation": made.get("rotation") or None,
            "made": made.get("madeAt") or None,
            "former_until": _still(made.get("formerUntil")),
        }


def _still(until: str | None) -> str | None:
    """The end of the former password, unless it has come."""
    return until if until and datetime.fromisoformat(until) > datetime.now(UTC) else None


def _credentials(stack: str, engine: str) -> Iterator[Mapping[str, Any]]:
    """What the state tells of each user's password; not the password."""
    from dockyard.cli import context

    place = context.workplace()
    if context.choose(engine, place) == "pulumi":
        text = context.pulumi_output(place, ["stack", "export", "-s", stack])
        resources = json.loads(text).get("deployment", {}).get("resources") or []
        found = [
            (entry["urn"], entry.get("outputs", {})) for entry in resources if entry["type"] == CREDENTIAL
        ]
    else:
        checkpoint = place.backend.load(place.project.name, stack)
        if checkpoint is None:
            raise DockyardError(f"no stack named {stack!r}", f"`dockyard up -s {stack}` makes it")
        found = [(state.urn, state.outputs) for state in checkpoint.resources if state.type == CREDENTIAL]
    for urn, outputs in found:
        if str(urn).endswith(f"-user-{outputs.get('username')}"):
            yield outputs
