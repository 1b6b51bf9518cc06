"""What the audit log says, for people and for programs."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from dockyard.cli import context, operations
from dockyard.errors import DockyardError
from dockyard.ops import audit
from dockyard.ops.audit_entry import done, seconds
from dockyard.ops.errors import OpsError

DONE = {
    "push": "pushed",
    "pull": "pulled",
    "delete": "deleted",
    "list": "listed",
    "login": "signed in",
    "look": "looked at",
    "upload": "uploaded to",
    "download": "downloaded",
}
"""Action to the word for it, where it was done."""
SHORT = len("sha256:") + 12


def run(stack: str, engine: str, wish: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints each entry as it is found. Raises DockyardError."""
    wanted = audit.plain(wish)
    try:
        audit.Filter(audit.wanted(wanted), time.time())
    except OpsError as error:
        raise DockyardError(error.message, error.hint) from None
    place = operations.find(context.workplace(), stack, engine)
    show = as_line if as_json else told
    shown = operations.result(place, "audit", ["--wanted", wanted], lambda entry: click.echo(show(entry)))
    counts = shown.found
    if not as_json:
        click.echo(f"{counts['found']} of {counts['read']} requests", err=True)
    if counts["unreadable"]:
        click.echo(f"{counts['unreadable']} lines of the log cannot be read", err=True)
    sys.stdout.flush()


def as_line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, sort_keys=True)


def told(entry: Mapping[str, Any]) -> str:
    """One line for people; times are UTC."""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds(entry["time"]) or 0.0))
    who = entry["user"] or ("wrong sign-in" if entry["failed_login"] else "anonymous")
    parts = [at, f"{who:<13}", f"{_what(entry):<9}", _of(entry), f"from {entry['address']}"]
    if done(entry):
        parts.append(
            f"({operations.size(entry['bytes_in'] + entry['bytes_out'])}, {entry['duration']:.2f} s)"
        )
    return "  ".join(part for part in parts if part)


def _what(entry: Mapping[str, Any]) -> str:
    action = str(entry["action"])
    return DONE.get(action, action) if done(entry) else f"{action}: {int(entry['status'])}"


def _of(entry: Mapping[str, Any]) -> str:
    """The image as people name it; the path of what is none."""
    name, reference, digest = (str(entry[key]) for key in ("repository", "reference", "digest"))
    if not name:
        return str(entry["path"])
    if entry["action"] in ("upload", "list"):
        return name
    if ":" in reference or not reference:
        return f"{name}@{(reference or digest)[:SHORT]}"
    return f"{name}:{reference}" + (f" ({digest[:SHORT]})" if digest else "")
