"""The certificate of a stack's registry: its status for people, and the first one by ACME after `up`."""

import json
from collections.abc import Mapping
from typing import Any

import click

from dockyard.cli import context, operations
from dockyard.cli.context import Workplace
from dockyard.cli.place import has_file
from dockyard.errors import DockyardError

MARK = "/ops/certbot.ini"
"""A file that only registries with ACME have."""


def status(stack: str, engine: str, *, as_json: bool) -> None:
    place = operations.find(context.workplace(), stack, engine)
    found = operations.result(place, "certificate-status").found
    click.echo(json.dumps(found, indent=2, sort_keys=True) if as_json else described(found))


def described(found: Mapping[str, Any]) -> str:
    """The status for people."""
    if "text" in found:
        return f"{found['domain']}: {found['text']}"
    if "ends" in found:
        lines = [
            f"{found['domain']}: by {found['issuer']}, valid until {found['ends']} ({found['days']} days)"
        ]
    else:
        lines = [f"{found['domain']}: none has come by ACME yet; the first one of an own authority is served"]
    if found["error"]:
        lines += [f"  the last renewal failed: {found['error']}", f"  tried again at {found['next_try']}"]
    return "\n".join(lines)


def after_up(place: Workplace, stack: str, engine: str) -> None:
    """Waits for the first certificate by ACME, so that `up` ends with a registry that clients can use.

    Raises DockyardError with what the authority said; the registry runs all the same, and its host tries again by itself.
    """
    if not has_file(place, stack, engine, MARK):
        return
    host = operations.find(place, stack, engine)
    try:
        found = operations.result(host, "certificate").found
    except DockyardError as error:
        days = operations.result(host, "certificate-status").found.get("days")
        if days is not None and days >= 0:
            click.echo(f"warning: {error.message}; the certificate is valid for {days} more days", err=True)
            return
        again = f"the host tries again by itself; by hand: dockyard certificate renew -s {stack}"
        raise DockyardError(error.message, f"{error.hint}\nhint: {again}" if error.hint else again) from None
    click.echo(f"certificate  {operations.described('certificate', found)}")
