"""What a store holds: repositories, tags, sizes and what they share, told from links and manifests; no layer is read.

One repository after the other: what has to be known of all of them is in a database (`tally`). A store that is written to, or
broken, is told as it is found.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dockyard.ops import links, unneeded
from dockyard.ops.examine import Repository, Store, blob_path, examine
from dockyard.ops.newest import is_attached, newest, pushed
from dockyard.ops.tally import Tally

FAULTS = 5
"""Faults of each repository that are told; of the others, how many there are."""
AGAIN_SECONDS = 0.5
Readers = Mapping[str, Sequence[str] | None]
"""View to regular expressions of the repositories that are seen in it; None for all of them."""


def take(tree: Path, readers: Readers) -> dict[str, Any]:
    """`repositories`, `views` (what each view comes to), `blobs` and `bytes` of the whole store."""
    tally = Tally()
    try:
        entries = [_entry(tree, number, name, tally) for number, name in enumerate(links.repositories(tree))]
        views = {view: _view(entries, patterns, tally) for view, patterns in readers.items()}
    finally:
        tally.close()
    blobs, size = _stored(tree)
    return {"repositories": entries, "views": views, "blobs": blobs, "bytes": size}


def visible(name: str, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(re.fullmatch(pattern, name) for pattern in patterns)


def _entry(tree: Path, number: int, name: str, tally: Tally) -> dict[str, Any]:
    store = _read(tree, name)
    repository = store.repositories.get(name, Repository(name))
    sizes = _sizes(tree, store, repository)
    tally.add(number, sizes)
    folder = tree / "repositories" / name / "_manifests" / "tags"
    tags = [tag for tag in repository.tags if not is_attached(tag)]
    return {
        "name": name,
        "tags": len(tags),
        "attached": len(repository.tags) - len(tags),
        "manifests": len(repository.revisions),
        "bytes": sum(sizes.values()),
        "pushed": max((pushed(folder / tag) for tag in tags), default=0.0),
        "newest": newest(tree, repository),
        "faults": store.broken[:FAULTS],
        "faults_in_all": len(store.broken),
    }


def _read(tree: Path, name: str) -> Store:
    """Faults are what two looks find: in between, whatever was being pushed or removed is done."""
    first = _looked(tree, name)
    if not first.broken:
        return first
    time.sleep(AGAIN_SECONDS)
    second = _looked(tree, name)
    second.broken = [fault for fault in second.broken if fault in first.broken]
    return second


def _looked(tree: Path, name: str) -> Store:
    try:
        return examine(tree, links.repository_links(tree, name))
    except OSError as error:
        store = Store()
        store.blame(f"{name}: cannot be read: {error.strerror or error}")
        return store


def _sizes(tree: Path, store: Store, repository: Repository) -> dict[str, int]:
    """Blob to its bytes, of all that the manifests of the repository name, and of themselves."""
    wanted = {*repository.revisions, *(part.stored for part in store.parts.values() if part.stored)}
    return {digest: size for digest in sorted(wanted) if (size := _size(blob_path(tree, digest))) >= 0}


def _size(path: Path) -> int:
    """-1 for what is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _view(
    entries: Sequence[Mapping[str, Any]], patterns: Sequence[str] | None, tally: Tally
) -> dict[str, Any]:
    seen = [number for number, entry in enumerate(entries) if visible(entry["name"], patterns)]
    shares = tally.shares(seen)
    return {
        "bytes": shares.bytes,
        "blobs": shares.blobs,
        "own": {entries[number]["name"]: shares.own.get(number, 0) for number in seen},
    }


def _stored(tree: Path) -> tuple[int, int]:
    """Blobs of the store and their bytes, those that no image needs included."""
    return _sum(_size(blob_path(tree, digest)) for digest in unneeded.stored(tree))


def _sum(sizes: Iterable[int]) -> tuple[int, int]:
    count = total = 0
    for size in sizes:
        if size >= 0:
            count, total = count + 1, total + size
    return count, total
