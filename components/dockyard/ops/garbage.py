"""Garbage collection: what no image needs goes, and nothing else, while pulls go on.

The registry's own collector deletes beside pushes what they rely on. So writes are refused for as long as it works; each blob that
could go is kept by a second name until every image has been looked at again; and whatever ends this, writes are let in again.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import aliases, collector, front, insured, links, results, unneeded, uploads
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import Store, blob_path, examine
from dockyard.ops.lock import locked
from dockyard.ops.report import Report
from dockyard.ops.scratch import SOCKET, Client, Connection
from dockyard.ops.settings import Settings

FEW = 5


def collect(settings: Settings, dry_run: bool, force: bool, report: Report) -> dict[str, Any]:
    """Gives what `dockyard gc --json` prints. Raises OpsError; then every image is as it was.

    dry_run: only tells what would go. force: also without a backup, and where images are broken.
    """
    with locked(settings.state, "garbage collection"):
        if dry_run:
            return _as_owner(settings, partial(_foreseen, settings))
        with results.remembered(settings.state, "gc") as found:
            if not force:
                refuse(settings.every, partial(results.last, settings.state), time.time(), settings.backs_up)
            report.progress("reading every manifest")
            _as_owner(settings, partial(_linted, settings, force))
            started = time.time()
            report.progress("waiting for writes to end; new ones are refused, pulls go on")
            with front.closed(settings) as held:
                if not front.wait_until_quiet(settings):
                    raise OpsError("an upload has not ended in time; nothing was changed", "try again later")
                found.update(_as_owner(settings, partial(_collected, settings, held, report)))
            found["window_seconds"] = round(time.time() - started, 3)
    return found


def _as_owner(settings: Settings, part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return ask(settings.owner, part)


def refuse(
    every: dict[str, int], last: Callable[[str], dict[str, Any]], now: float, backs_up: bool = True
) -> None:
    """Raises OpsError where what is deleted could not be brought back. backs_up: whether the registry has backups at all."""
    if lacking := insured.lacking(every, last, now) if backs_up else insured.NONE_ARE_MADE:
        raise OpsError(
            f"{lacking.message}; nothing was changed", f"{lacking.hint}; --force collects all the same"
        )


def _examined(settings: Settings) -> Store:
    return examine(settings.tree, links.read_links(settings.tree))


def _linted(settings: Settings, force: bool) -> dict[str, Any]:
    """One link that is no digest, or one manifest that cannot be read, ends the registry's collector for the whole store."""
    broken = _examined(settings).broken
    if broken and not force:
        more = [f"and {len(broken) - FEW} more"] if len(broken) > FEW else []
        raise OpsError(
            "\n    ".join(["images are broken; nothing was changed:", *broken[:FEW], *more]),
            "push them again, delete them, or `dockyard restore`; --force collects all the same",
        )
    return {}


def _foreseen(settings: Settings) -> dict[str, Any]:
    """What would go now."""
    store = _examined(settings)
    waiting = unneeded.unfinished(settings.tree, store)
    going = sorted(set(unneeded.stored(settings.tree)) - unneeded.needed(store) - waiting)
    sizes = [_size(blob_path(settings.tree, digest)) for digest in going]
    return {
        "dry_run": True,
        "blobs": going,
        "blobs_freed": len(going),
        "bytes_freed": sum(sizes),
        "blobs_waiting": len(waiting),
        "tags": store.tags,
    }


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _collected(settings: Settings, held: tuple[int, ...], report: Report) -> dict[str, Any]:
    """As the owner of the store, in which nothing is written now."""
    tree, aside = settings.tree, settings.store / unneeded.ASIDE
    swept = uploads.sweep(tree)
    unneeded.recover(tree, aside)
    before = _examined(settings)
    aliased = aliases.aliased(before)
    unneeded.stand_by(tree, aside, set(unneeded.stored(tree)) - unneeded.needed(before) | aliased)
    report.progress("deleting what no image needs")
    try:
        collector.run(settings.registry, settings.store, held)
        report.progress("looking at every image again")
        after = _examined(settings)
        kept = unneeded.needed(after) | aliased | unneeded.unfinished(tree, after)
        unneeded.put_back(tree, aside, kept)
        aliases.mend(tree, after)
    except BaseException:
        unneeded.recover(tree, aside)
        raise
    blobs, size = unneeded.let_go(tree, aside)
    after = _examined(settings) if after.broken != before.broken else after
    broken = [*sorted(set(after.broken) - set(before.broken)), *canary(settings, after)]
    return {
        "blobs_freed": blobs,
        "bytes_freed": size + swept.bytes,
        "uploads_swept": swept.uploads,
        "repositories": len(after.repositories),
        "tags": after.tags,
        "broken": broken,
        "warnings": before.broken,
    }


def canary(settings: Settings, store: Store) -> list[str]:
    """Pulls the smallest image that has a tag through the running registry; gives what is wrong with it.

    Where the registry does not run, there is nothing to pull from.
    """
    folder = settings.run_file.parent
    sizes: dict[tuple[str, str], int] = {}
    for part in store.parts.values():
        key = (part.repository, part.label)
        sizes[key] = sizes.get(key, 0) + max(part.size, 0)
    tagged = [key for key in sizes if "@" not in key[1]]
    if not tagged or not (folder / SOCKET).exists():
        return []
    name, label = min(tagged, key=lambda key: (sizes[key], key))
    paths = {f"manifests/{store.repositories[name].tags[label.rpartition(':')[2]]}"}
    paths |= {
        f"blobs/{part.digest}"
        for part in store.parts.values()
        if part.label == label and part.kind != "manifest"
    }
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    client = Client(Connection(descriptor))
    try:
        return [text for path in sorted(paths) if (text := _pulled(client, name, path))]
    finally:
        client.close()
        os.close(descriptor)


def _pulled(client: Client, name: str, path: str) -> str:
    """What is wrong with it; "" for nothing."""
    digest = path.partition("/")[2]
    status, got = client.pull(f"/v2/{name}/{path}", digest.partition(":")[0])
    return "" if (status, got) == (200, digest) else f"{name}: {path} is answered {status}, or other bytes"
