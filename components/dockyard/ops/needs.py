"""Which images need a blob, by the names that people know: of every tag, also of the index that leads to the image."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from dockyard.ops.examine import LARGEST_MANIFEST, Repository, Store, blob_path, described


def who_needs(tree: Path, store: Store, digests: Collection[str]) -> dict[str, list[str]]:
    """Digest that a blob is stored under -> `NAME:TAG`, or `NAME@DIGEST` for a manifest that no tag leads to."""
    wanted = set(digests)
    found: dict[str, set[str]] = {digest: set() for digest in wanted}
    for repository in store.repositories.values():
        parts = {digest: _parts(tree, digest) for digest in repository.revisions}
        above: dict[str, set[str]] = {}
        for digest, below in parts.items():
            for part in below & repository.revisions:
                above.setdefault(part, set()).add(digest)
        for digest, below in parts.items():
            stored = {digest, *(repository.layers.get(part, part) for part in below)}
            for it in stored & wanted:
                found[it] |= _labels(repository, digest, above)
    return {digest: sorted(labels) for digest, labels in found.items()}


def _parts(tree: Path, digest: str) -> set[str]:
    """None for a manifest that cannot be read: `examine` tells of that one."""
    try:
        with blob_path(tree, digest).open("rb") as stream:
            return {part.digest for part in described(json.loads(stream.read(LARGEST_MANIFEST)))}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return set()


def _labels(repository: Repository, digest: str, above: Mapping[str, Collection[str]]) -> set[str]:
    leading, pending = set(), {digest}
    while pending:
        leading |= pending
        pending = {it for below in pending for it in above.get(below, ())} - leading
    tags = {f"{repository.name}:{tag}" for tag, at in repository.tags.items() if at in leading}
    return tags or {f"{repository.name}@{digest}"}
