"""What a person needs once a registry is up: its address, its users, how to sign in, and proof that it works."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from dockyard.cli import certificates, context
from dockyard.cli.context import Workplace
from dockyard.cli.reading import stack_outputs
from dockyard.errors import DockyardError
from dockyard.smoke import Outcome, Target, smoke_test

NEEDED = ("host", "username", "users")


def after_up(place: Workplace, stack: str, engine: str) -> None:
    """Prints how to use the stack's registry and tests it. Raises SystemExit(1) where the test fails."""
    outputs = stack_outputs(place, stack, engine, show_secrets=True)
    if any(key not in outputs for key in NEEDED):
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in how_to_use(outputs, stack, command()):
        console.print(line, markup=False)
    certificates.after_up(place, stack, engine)
    outcomes = smoke_test(target(outputs))
    console.print("smoke test")
    _print_outcomes(console, outcomes)


def smoke(stack: str, engine: str, *, as_json: bool) -> None:
    place = context.workplace()
    outputs = stack_outputs(place, stack, engine, show_secrets=True)
    missing = [key for key in NEEDED if key not in outputs]
    if missing:
        raise DockyardError(f"stack {stack!r} has no registry to test: no output {', '.join(missing)}")
    outcomes = smoke_test(target(outputs))
    if as_json:
        click.echo(
            json.dumps(
                [{"step": o.step, "ok": o.ok, "error": o.error, "skipped": o.skipped} for o in outcomes]
            )
        )
        if not all(outcome.ok for outcome in outcomes):
            sys.exit(1)
        return
    _print_outcomes(Console(highlight=False, soft_wrap=True), outcomes)


def target(outputs: dict[str, Any]) -> Target:
    return Target(outputs["host"], outputs["username"], outputs["users"], outputs.get("caCertificate", ""))


def command() -> str:
    """How this command is typed from the current folder."""
    path = Path(sys.argv[0]).absolute()
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def how_to_use(outputs: dict[str, Any], stack: str, dockyard: str) -> list[str]:
    host, user = outputs["host"], outputs["username"]
    typed = f"{shlex.quote(dockyard)} outputs -s {stack}"
    return [
        "",
        f"registry   https://{host} (runtime: {outputs.get('runtime', 'unknown')})",
        f"users      {', '.join(sorted(outputs['users']))}",
        f"passwords  {typed} --show-secrets users",
        f"log in     {typed} --show-secrets password | docker login {host} --username {user} --password-stdin",
        *(_how_to_trust(host, typed) if outputs.get("caCertificate") else []),
        "",
    ]


def _how_to_trust(host: str, typed: str) -> list[str]:
    """Certificates of public authorities are trusted already."""
    return [
        f"trust      {typed} caCertificate > ca.crt",
        f"           Docker: sudo install -D -m 644 ca.crt /etc/docker/certs.d/{host}/ca.crt",
        "           everything on Debian and Ubuntu: sudo install -m 644 ca.crt"
        " /usr/local/share/ca-certificates/dockyard.crt && sudo update-ca-certificates",
    ]


def _print_outcomes(console: Console, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.skipped:
            console.print(f"  skipped  {outcome.step}: {outcome.skipped}", markup=False)
        else:
            console.print(f"  {'ok' if outcome.ok else 'FAILED':7}  {outcome.step}", markup=False)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    for outcome in failed:
        click.echo(f"error: {outcome.error}", err=True)
    if failed:
        sys.exit(1)
