"""Backups of a stack's registry, by hand: what runs on its host is started, and what it says is shown."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console

from dockyard.cli import context
from dockyard.cli.place import ALONE, Place, find
from dockyard.errors import DockyardError

__all__ = ["ALONE", "Place", "find", "result", "run"]


def run(stack: str, engine: str, command: str, options: Sequence[str | Path] = (), *, as_json: bool) -> None:
    """Runs one command for the stack's registry; a path among the options is a folder of its host.

    Raises DockyardError for what it told, SystemExit(1) where it found faults.
    """
    place = find(context.workplace(), stack, engine)
    words = [place.folder(option) if isinstance(option, Path) else option for option in options]
    found, code = result(place, command, words)
    click.echo(json.dumps(found, indent=2, sort_keys=True) if as_json else described(command, found))
    if code:
        sys.exit(1)


class Result(NamedTuple):
    """What a command came to, and its exit code."""

    found: dict[str, Any]
    code: int


def result(
    place: Place,
    command: str,
    options: Sequence[str] = (),
    show: Callable[[dict[str, Any]], None] = lambda entry: None,
) -> Result:
    """Runs one command where the registry is, and shows its progress. show: is given each entry, as soon as it is told.

    Raises DockyardError for what it told.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    found: dict[str, Any] | None = None
    errors = []
    # Read to its end, also after an error: it still puts things back, and may say more.
    with place.started([command, "--config", place.config, *options]) as running:
        for event in _events(running.lines):
            if "error" in event:
                errors.append(event["error"])
            if "progress" in event:
                console.print(f"  {event['progress']}", markup=False)
            if "entry" in event:
                show(event["entry"])
            found = event.get("result", found)
    if errors:
        raise DockyardError(errors[0]["message"], errors[0]["hint"])
    if found is None:
        raise DockyardError(f"{command} ended without a result (exit code {running.code})")
    return Result(found, running.code)


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def described(command: str, found: Mapping[str, Any]) -> str:
    """The result for people."""
    faults = len(found.get("broken") or ())
    verdict = f"{faults} fault{'s' if faults > 1 else ''}:" if faults else "everything can be pulled"
    key = f"{command} --dry-run" if found.get("dry_run") else command
    lines = [TEXTS[key].format_map({**found, **_readable(found), "verdict": verdict})]
    lines += [
        f"  {image['repository']}: {', '.join(image['tags']) or image['digest']}, pushed {image['pushed']}: {image['why']}"
        for image in found.get("images") or ()
    ]
    for told, word in (("healed", "healed"), ("broken", "broken"), ("warnings", "warning")):
        lines += [f"  {word}: {text}" for text in found.get(told) or ()]
    return "\n".join(lines)


TEXTS = {
    "drill": "snapshot {snapshot} restored: {repositories} repositories, {tags} tags, {manifests} manifests, {blobs} blobs, "
    "{bytes_pulled} pulled and compared\n"
    "  recovery point: {rpo_seconds} s ago; recovery time: {rto_seconds} s; all in {seconds} s\n"
    "  {verdict}",
    "restore": "snapshot {snapshot} restored to {to}: {repositories} repositories, {tags} tags, {manifests} manifests,"
    " {bytes_restored}, in {seconds} s",
    "gc": "{bytes_freed} freed: {blobs_freed} blobs, {uploads_swept} abandoned uploads; writes were refused for {window_seconds} s\n"
    "  {tags} tags in {repositories} repositories: {verdict}",
    "gc --dry-run": "{bytes_freed} would be freed: {blobs_freed} blobs; {blobs_waiting} wait for a push that has not ended\n"
    "  nothing was changed",
    "retention": "{manifests} manifests and {tags} tags removed; `dockyard gc` brings their bytes back",
    "retention --dry-run": "{manifests} manifests and {tags} tags would be removed; nothing was changed",
    "scrub": "{blobs} blobs read and compared, {bytes_hashed}, in {seconds} s: {verdict}",
    "scrub --dry-run": "{blobs} blobs read and compared, {bytes_hashed}, in {seconds} s; nothing was changed: {verdict}",
    "firewall-status": "table {table}: {accepted} packets let through, {dropped} dropped; new rules to be confirmed: {trial}",
    "firewall-confirm": "the rules of table {table} stay",
    "certificate": "{domain}: a certificate by {issuer}, valid until {ends}",
    "backup": "snapshot {snapshot}: {bytes_new} new of {bytes_total}, {files_new} of {files_total} files, in {seconds} s",
}


def _readable(found: Mapping[str, Any]) -> dict[str, str]:
    """Sizes with their units."""
    return {key: size(value) for key, value in found.items() if key.startswith("bytes_")}


def size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
