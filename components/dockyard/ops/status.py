"""The inventory, and the status pages that the front serves from it: one for each set of repositories that users may pull.

The pages are named by what the front's configuration calls them, so that a user whose rights have changed is never served the page of
before. They are written by whoever owns their folder, in one step each; the front's group may read them, and nobody else.
"""

import contextlib
import json
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import history, inventory, results
from dockyard.ops.accounts import ask
from dockyard.ops.condition import condition
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import belongs, locked
from dockyard.ops.page import Made, View, page
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings

ALL = "admin"
"""The view of everything; page names of others are digests."""
END = ".html"
WAIT_SECONDS = 300.0
"""For another one to end, which may have begun before what is to be counted was there."""


def count(settings: Settings, report: Report) -> dict[str, Any]:
    """Counts what the store holds and makes the pages anew. Gives what is remembered of it. Raises OpsError."""
    with (
        locked(settings.state, "inventory", "inventory.lock", WAIT_SECONDS),
        results.remembered(settings.state, "inventory") as found,
    ):
        started = time.time()
        report.progress("reading tags and manifests")
        readers = read_readers(settings)
        counted = _taken(settings, readers)
        found.update(_totals(counted))
        former = results.last(settings.state, "inventory").get("history") or []
        found["history"] = history.grown(former, found, started)
        found["seconds"] = round(time.time() - started, 3)
        _lay(settings, readers, counted, found["history"], started)
    return {key: value for key, value in found.items() if key != "history"}


def report_now(settings: Settings, report: Report, html: bool) -> dict[str, Any]:
    """Gives what `dockyard report --json` prints, and with `html` the page of an admin. Changes nothing."""
    now = time.time()
    report.progress("reading tags and manifests")
    counted = _taken(settings, {ALL: None})
    known = results.last(settings.state, "inventory").get("history") or []
    days = history.grown(known, _totals(counted), now)
    told = condition(settings, now)
    found = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        **_totals(counted),
        **told,
        "history": days,
        "images": counted["repositories"],
    }
    if html:
        found["html"] = page(View(ALL), counted, told, days, Made(now))
    return found


def _taken(settings: Settings, readers: inventory.Readers) -> dict[str, Any]:
    """As the owner of the store."""
    views = {name: patterns for name, patterns in readers.items() if patterns is not None}
    return ask(settings.owner, partial(inventory.take, settings.tree, {ALL: None, **views}))


def _totals(counted: dict[str, Any]) -> dict[str, Any]:
    entries = counted["repositories"]
    return {
        "repositories": len(entries),
        "tags": sum(it["tags"] + it["attached"] for it in entries),
        "manifests": sum(it["manifests"] for it in entries),
        "blobs": counted["blobs"],
        "bytes": counted["bytes"],
        "faults": sum(it["faults_in_all"] for it in entries),
    }


def read_readers(settings: Settings) -> dict[str, list[str] | None]:
    """Page to the patterns of what it shows; none where the front serves no pages. Raises OpsError for a file that is damaged."""
    try:
        read: dict[str, list[str] | None] = json.loads(settings.readers_file.read_text())
        return read
    except FileNotFoundError:
        return {}
    except ValueError:
        raise OpsError(f"{settings.readers_file}: cannot be read", "run `dockyard up` again") from None


def outdated(settings: Settings) -> bool:
    """Whether somebody has no page: after a change of rights, or of the page itself."""
    with contextlib.suppress(OSError, OpsError):
        return not all((settings.pages / f"{name}{END}").exists() for name in read_readers(settings))
    return False


def _lay(
    settings: Settings,
    readers: inventory.Readers,
    counted: dict[str, Any],
    days: list[dict[str, Any]],
    now: float,
) -> None:
    """Writes each page, then removes those that nobody reads any more."""
    if not readers:
        return
    told = condition(settings, now)
    made = Made(now, settings.every.get("inventory", 0))
    for name, patterns in readers.items():
        text = page(View(ALL if patterns is None else name, patterns), counted, told, days, made)
        _write(settings.pages, f"{name}{END}", text.encode("utf-8", "replace"))
    wanted = {f"{name}{END}" for name in readers}
    for entry in sorted(os.listdir(settings.pages)):
        if entry not in wanted:
            (settings.pages / entry).unlink()


def _write(folder: Path, name: str, content: bytes) -> None:
    temporary = folder / f".{name}.new"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        belongs(descriptor, folder)
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    os.rename(temporary, folder / name)
