"""What the error text of a client means, for people and for programs."""

import json
import sys

import click

from dockyard.doctor import explain
from dockyard.errors import DockyardError


def run(text: str, *, as_json: bool) -> None:
    """text: - reads standard input. Raises DockyardError where it is not known."""
    found = explain.explain(sys.stdin.read() if text == "-" else text)
    if as_json:
        click.echo(json.dumps([meaning._asdict() for meaning in found], indent=2))
    for says, cause, following in [] if as_json else found:
        click.echo(f"{says}\n  {cause}\n  next: {following}")
    if not found:
        raise DockyardError(
            "this text is not known", "`dockyard doctor --registry HOST --trace` asks the registry itself"
        )
