"""What the doctor has found, for people and for programs."""

import json
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from dockyard.cli import context, operations, patient
from dockyard.cli.context import Workplace
from dockyard.cli.patient import Wish
from dockyard.cli.reading import stack_outputs
from dockyard.doctor import exchange, mask
from dockyard.doctor.client import WAITS, Examination
from dockyard.doctor.exchange import Exchange
from dockyard.errors import DockyardError

Check = Mapping[str, str]
STYLES = {"ok": "green", "warning": "yellow", "failure": "red", "skipped": "dim"}
"""Status of a check to its colour, in the order in which they are counted."""
GROUPS = ("network", "tls", "protocol", "login", "images", "probe", "host")
LEAST_WIDTH = 30
"""Columns that evidence needs to be wrapped beside its check's name."""
UNREADABLE = "may not be read by this user"


def run(wish: Wish, engine: str, *, as_json: bool) -> None:
    """Prints the checks. Raises SystemExit: 1 where there are warnings, 2 where there are failures."""
    if wish.stack:
        examination, checks = _of_stack(wish, engine)
    else:
        examination = Examination(patient.of_registry(wish))
        checks = [it.plain() for it in examination.run(with_probe=wish.probe)]
    checks = sorted(checks, key=lambda check: GROUPS.index(check["group"]))
    summary = counted(checks)
    place = examination.target.place if examination else ""
    kept = traced(examination.exchanges) if examination and wish.trace else []
    if as_json:
        found: dict[str, Any] = {"stack": wish.stack, "registry": place, "checks": checks, "summary": summary}
        click.echo(
            json.dumps(
                {**found, **({"trace": [exchange.plain(it) for it in kept]} if wish.trace else {})}, indent=2
            )
        )
    else:
        console = Console(highlight=False)
        show(checks, console)
        show_trace(kept, console)
    if code := exit_code(summary):
        sys.exit(code)


def _of_stack(wish: Wish, engine: str) -> tuple[Examination | None, list[Check]]:
    """A self-hosted registry is asked on its host too, meanwhile."""
    place = context.workplace()
    outputs = stack_outputs(place, wish.stack, engine, show_secrets=True)
    if "host" not in outputs:
        # An `up` that failed half-way has left no outputs; with no host either, this says so.
        return None, _on_host(place, wish.stack, engine)
    examination = Examination(patient.of_stack(wish, outputs))
    looks: list[Callable[[], list[Check]]] = [
        lambda: [it.plain() for it in examination.run(with_probe=wish.probe)]
    ]
    if "runtime" in outputs:
        looks.append(lambda: _told(lambda: _on_host(place, wish.stack, engine), wish.typed))
    with ThreadPoolExecutor(len(looks)) as pool:
        return examination, [check for found in pool.map(lambda look: look(), looks) for check in found]


def _on_host(place: Workplace, stack: str, engine: str) -> list[Check]:
    found = operations.result(operations.find(place, stack, engine), "doctor").found["checks"]
    return [{"group": "host", **with_stack(check, stack)} for check in found]


def _told(look: Callable[[], list[Check]], typed: str) -> list[Check]:
    """A host that cannot be asked is one thing that is wrong, and not the end."""
    try:
        return look()
    except DockyardError as error:
        told = {
            "group": "host",
            "name": "host",
            "status": "failure",
            "evidence": error.message,
            "hint": error.hint,
        }
        return [
            {**told, "status": "skipped", "hint": f"sudo {typed}"} if UNREADABLE in error.message else told
        ]


def with_stack(check: Check, stack: str) -> Check:
    """The host does not know what its stack is called: its hints name commands alone."""
    return {
        **check,
        "hint": re.sub(r"\b(dockyard [a-z]+(?: [a-z]+)?)(?! -s)\b", rf"\1 -s {stack}", check["hint"]),
    }


def counted(checks: Sequence[Check]) -> dict[str, int]:
    """Status to how many checks have it."""
    found = Counter(check["status"] for check in checks)
    return {status: found[status] for status in STYLES}


def exit_code(summary: Mapping[str, int]) -> int:
    return 2 if summary["failure"] else 1 if summary["warning"] else 0


def show(checks: Sequence[Check], console: Console) -> None:
    """A line for each check, below the heading of its group; what to type next stands below it, in one piece."""
    width = max(len(check["name"]) for check in checks)
    group = ""
    for check in _together(checks):
        if check["group"] != group:
            group = check["group"]
            console.print(Text(group, style="bold"))
        lines = _wrapped(check["evidence"], console.width - width - 13)
        head = (
            "  ",
            (f"{check['status']:8}", STYLES[check["status"]]),
            f" {check['name']:{width}}  {lines[0]}",
        )
        console.print(Text.assemble(*head), soft_wrap=True)
        for line in lines[1:]:
            console.print(Text(f"{'':{width + 13}}{line}"), soft_wrap=True)
        if check["hint"]:
            console.print(Text(f"{'':11}next: {mask.plain(check['hint'])}"), soft_wrap=True)
    console.print(", ".join(f"{number} {status}" for status, number in counted(checks).items()))


def _together(checks: Sequence[Check]) -> Iterator[Check]:
    """Those of a group that wait for the same other check are one line."""
    alike = groupby(
        checks, lambda check: (check["group"], check["evidence"].startswith(WAITS) and check["evidence"])
    )
    for (_, waits), found in alike:
        several = list(found)
        if waits and len(several) > 1:
            names = ", ".join(check["name"] for check in several)
            yield {
                **several[0],
                "name": f"{len(several)} checks",
                "evidence": f"{several[0]['evidence']} ({names})",
            }
        else:
            yield from several


def _wrapped(text: str, width: int) -> list[str]:
    text = mask.plain(text)
    return (textwrap.wrap(text, width) if width >= LEAST_WIDTH else [text]) or [""]


def traced(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Those that failed; all of them where none did."""
    return [it for it in exchanges if it.failed] or list(exchanges)


def show_trace(exchanges: Sequence[Exchange], console: Console) -> None:
    for one in exchanges:
        console.print()
        for line in exchange.shown(one):
            console.print(Text(line, style="dim" if line.startswith("*") else ""), soft_wrap=True)
