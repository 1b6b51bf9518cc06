"""`report`: what a self-hosted registry holds and how it is, for a terminal, as JSON, or as the page that its admins see."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from dockyard.cli.options import ENGINE, JSON, STACK

STDOUT = "-"


@click.command()
@STACK
@ENGINE
@JSON
@click.option(
    "--html",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="",
    help="Write the status page, as admins see it, to this file; - prints it.",
)
def report(stack: str, engine: str, as_json: bool, html: str) -> None:
    """Say what a self-hosted registry holds, and how it is: images, sizes, jobs, certificate, disk. Changes nothing."""
    from dockyard.cli import context, operations
    from dockyard.engine.disk import write_atomically

    if as_json and html == STDOUT:
        raise click.UsageError("--json and --html - cannot both print")
    place = operations.find(context.workplace(), stack, engine)
    found: dict[str, Any] = dict(operations.result(place, "report", ["--html"] if html else []).found)
    page = found.pop("html", "").encode("utf-8", "replace")
    if html == STDOUT:
        sys.stdout.buffer.write(page)
        return
    if html:
        write_atomically(Path(html).resolve(), page, mode=0o644)
        click.echo(f"{html}: {len(page)} bytes", err=True)
    if as_json:
        click.echo(json.dumps(found, indent=2, sort_keys=True))
    elif not html:
        click.echo("\n".join(described(found)))


def described(found: Mapping[str, Any]) -> Iterator[str]:
    """The report for people."""
    from dockyard.ops.attention import matters
    from dockyard.ops.shown import moment, printable, several, size

    yield f"{found['host']}, {found['time']}"
    told = matters(found, found["images"], True)
    for it in told:
        yield f"  {it.status}: {it.title}: {printable(it.text)}{f' ({it.hint})' if it.hint else ''}"
    if not told:
        yield "  nothing needs attention"
    disk = found["disk"]
    yield (
        f"{several(found['repositories'], 'repository', 'repositories')}, {several(found['tags'], 'tag')}, "
        f"{size(found['bytes'])} in {several(found['blobs'], 'blob')}; {size(disk['free'])} of {size(disk['total'])} free"
    )
    for job in found["jobs"]:
        last = f"{moment(job['succeeded'])} UTC  {job['outcome']}" if job["succeeded"] else "never"
        yield f"  {job['title']:<20}  {last}".rstrip()
    if "ends" in found["certificate"]:
        certificate = found["certificate"]
        yield f"  {'Certificate':<20}  until {moment(certificate['ends'])} UTC, signed by {printable(certificate['issuer'])}"
    yield from _images(found["images"])


def _images(entries: list[Mapping[str, Any]]) -> Iterator[str]:
    from dockyard.ops.shown import moment, printable, size

    if not entries:
        return
    width = min(max(len(it["name"]) for it in entries), 60)
    yield f"{'REPOSITORY':<{width}}  {'TAGS':>6}  {'SIZE':>9}  LAST PUSH (UTC)"
    for it in entries:
        pushed = moment(it["pushed"]) if it["pushed"] else "never"
        yield f"{printable(it['name']):<{width}}  {it['tags']:>6}  {size(it['bytes']):>9}  {pushed}"
