"""What the doctor has found, for people and for programs."""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.text import Text

from dockyard.cli import context, operations

Check = Mapping[str, str]
STYLES = {"ok": "green", "warning": "yellow", "failure": "red", "skipped": "dim"}
"""Status of a check to its colour, in the order in which they are counted."""


def run(stack: str, engine: str, *, as_json: bool) -> None:
    """Prints the checks. Raises SystemExit: 1 where there are warnings, 2 where there are failures."""
    place = operations.find(context.workplace(), stack, engine)
    checks = [with_stack(check, stack) for check in operations.result(place, "doctor").found["checks"]]
    summary = counted(checks)
    if as_json:
        click.echo(json.dumps({"stack": stack, "checks": checks, "summary": summary}, indent=2))
    else:
        show(checks, Console(highlight=False, soft_wrap=True))
    if code := exit_code(summary):
        sys.exit(code)


def with_stack(check: Check, stack: str) -> Check:
    """The host does not know what its stack is called: its hints name commands alone."""
    return {**check, "hint": re.sub(r"\b(dockyard [a-z]+)(?! -s)\b", rf"\1 -s {stack}", check["hint"])}


def counted(checks: Sequence[Check]) -> dict[str, int]:
    """Status to how many checks have it."""
    found = Counter(check["status"] for check in checks)
    return {status: found[status] for status in STYLES}


def exit_code(summary: Mapping[str, int]) -> int:
    return 2 if summary["failure"] else 1 if summary["warning"] else 0


def show(checks: Sequence[Check], console: Console) -> None:
    """A line for each check; what to type next stands below it."""
    width = max(len(check["name"]) for check in checks)
    for check in checks:
        line = Text.assemble(
            "  ",
            (f"{check['status']:8}", STYLES[check["status"]]),
            f" {check['name']:{width}}  {_harmless(check['evidence'])}",
        )
        console.print(line)
        if check["hint"]:
            console.print(Text(f"{'':11}next: {_harmless(check['hint'])}"))
    console.print(", ".join(f"{number} {status}" for status, number in counted(checks).items()))


def _harmless(text: str) -> str:
    """Evidence may quote a log, which holds what clients have sent."""
    return "".join(character if character.isprintable() else " " for character in text)
