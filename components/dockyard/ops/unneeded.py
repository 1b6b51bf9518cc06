"""Blobs that no image needs, and the copies that stand by until it is certain that none does."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from dockyard.ops.examine import Repository, Store, blob_path
from dockyard.ops.links import names

ASIDE = ".dockyard-gc"
"""In the registry's root directory, hence on its disk."""
YOUNG = 3600.0
"""Seconds within which a push is expected to bring the manifest of a layer."""


def needed(store: Store) -> set[str]:
    """The digests that blobs of images are stored under, manifests included."""
    manifests = {digest for repository in store.repositories.values() for digest in repository.revisions}
    return manifests | {part.stored for part in store.parts.values()}


def stored(tree: Path) -> Iterator[str]:
    """The digests of all blobs."""
    for algorithm in names(tree / "blobs"):
        for prefix in names(tree / "blobs" / algorithm):
            yield from (f"{algorithm}:{value}" for value in names(tree / "blobs" / algorithm / prefix))


def unfinished(tree: Path, store: Store) -> set[str]:
    """Layers of pushes whose manifest is yet to come: linked within the last hour, and in no image of their repository.

    Where a manifest was deleted since, they may have been of that one: they are let go, and a push that needs them sends them
    again.
    """
    found: set[str] = set()
    since = time.time() - YOUNG
    used = set(store.parts)
    for repository in store.repositories.values():
        since_here = max(since, _last_deletion(tree, repository))
        for digest, at in repository.layers.items():
            if (repository.name, digest) not in used and _linked(tree, repository, digest) > since_here:
                found.add(at)
    return found


def _linked(tree: Path, repository: Repository, digest: str) -> float:
    return _time(tree / "repositories" / repository.name / "_layers" / digest.replace(":", "/") / "link")


def _last_deletion(tree: Path, repository: Repository) -> float:
    """The registry removes the link of a manifest and leaves its folder, whose time is that of the deletion."""
    folder = tree / "repositories" / repository.name / "_manifests" / "revisions"
    emptied = [
        folder / algorithm / value
        for algorithm in names(folder)
        for value in names(folder / algorithm)
        if f"{algorithm}:{value}" not in repository.revisions
    ]
    return max(map(_time, emptied), default=0.0)


def _time(path: Path) -> float:
    """0 for what is gone."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def stand_by(tree: Path, aside: Path, digests: Iterable[str]) -> None:
    """A second name for each blob, which keeps its bytes."""
    aside.mkdir(mode=0o700)
    for digest in digests:
        with contextlib.suppress(FileNotFoundError):
            os.link(blob_path(tree, digest), aside / digest)


def put_back(tree: Path, aside: Path, digests: Iterable[str] | None = None) -> int:
    """Brings blobs back that are gone: those, or all that stand by. Gives how many."""
    count = 0
    for digest in sorted(os.listdir(aside)) if digests is None else sorted(digests):
        place = blob_path(tree, digest)
        if (aside / digest).exists() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(aside / digest, place)
            count += 1
    return count


def let_go(tree: Path, aside: Path) -> tuple[int, int]:
    """Removes the second names: how many blobs have gone with them, and their bytes."""
    gone = [
        (aside / digest).stat().st_size
        for digest in os.listdir(aside)
        if not blob_path(tree, digest).exists()
    ]
    shutil.rmtree(aside)
    return len(gone), sum(gone)


def recover(tree: Path, aside: Path) -> None:
    """After a kill: nothing that had stood by is missing, and nothing stands by."""
    if aside.exists():
        put_back(tree, aside)
        shutil.rmtree(aside)
