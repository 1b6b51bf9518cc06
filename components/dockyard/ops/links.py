"""The links of a store: small files below `repositories/` that name a digest each.

A push writes a blob, then the layer's link, the revision's, and the tag's last. So whoever reads tags first, then revisions,
then layers, and the blobs after all of them, has for every link what it leads to. A copy in the order of names has not: it
comes upon `blobs` before `repositories`, and upon `_layers` before `_manifests`. That is why the links are read here, into one
index file, and the blobs are copied afterwards. registry:2 writes a link by truncating it first: one that is no digest is read
again. `_uploads` holds no link.
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dockyard.ops.errors import OpsError

DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
READS, PAUSE = 20, 0.05
LISTINGS = 10
"""So often is a folder of revisions listed until two listings are the same."""
LONGEST = 200


class Link(NamedTuple):
    """One link. path: relative to `docker/registry/v2`."""

    path: str
    content: str

    @property
    def good(self) -> bool:
        return bool(DIGEST.fullmatch(self.content))


def read_links(tree: Path) -> Iterator[Link]:
    """Every link of a store that may be written to meanwhile, in an order that makes each one lead somewhere."""
    for repository in repositories(tree):
        yield from repository_links(tree, repository)


def repositories(tree: Path) -> Iterator[str]:
    """Names of what has manifests or layers, in order of name."""
    pending = [""]
    while pending:
        name = pending.pop()
        below = sorted(names(tree / "repositories" / name), reverse=True)
        pending += [f"{name}/{part}".lstrip("/") for part in below if not part.startswith("_")]
        if {"_manifests", "_layers"} & set(below):
            yield name


def names(folder: Path) -> list[str]:
    """The folders in a folder; none where it is gone."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def repository_links(tree: Path, repository: str) -> list[Link]:
    """Those of one repository, in the order: tags, revisions, layers."""
    base = f"repositories/{repository}"
    tags, revisions = _tags_and_revisions(tree, base)
    for _ in range(LISTINGS):
        known = {link.content for link in revisions}
        loose = [link for link in tags if link.content not in known]
        if all(_read(tree, link.path) == link for link in loose):
            break
        # A tag moved, or went with its manifest, between the two listings.
        tags, revisions = _tags_and_revisions(tree, base)
    return [*tags, *revisions, *_digests(tree, f"{base}/_layers")]


def _tags_and_revisions(tree: Path, base: str) -> tuple[list[Link], list[Link]]:
    tags = list(_tags(tree, f"{base}/_manifests/tags"))
    return tags, list(_digests(tree, f"{base}/_manifests/revisions", settled=True))


def _tags(tree: Path, folder: str) -> Iterator[Link]:
    for tag in sorted(names(tree / folder)):
        found = [_read(tree, f"{folder}/{tag}/current/link"), *_digests(tree, f"{folder}/{tag}/index")]
        yield from (link for link in found if link)


def _digests(tree: Path, folder: str, settled: bool = False) -> Iterator[Link]:
    for algorithm in sorted(names(tree / folder)):
        place = f"{folder}/{algorithm}"
        listed = _settled(tree / place) if settled else names(tree / place)
        found = (_read(tree, f"{place}/{name}/link") for name in sorted(listed))
        yield from (link for link in found if link)


def _settled(folder: Path) -> Iterable[str]:
    """An index is written after the manifests in it: a listing that finds nothing new has the latter for each of the former."""
    before = set(names(folder))
    for _ in range(LISTINGS):
        now = set(names(folder))
        if now <= before:
            return now
        before = now
    return before


def _read(tree: Path, path: str) -> Link | None:
    """None where it is gone. What is no digest after so many reads is given as it is."""
    content = ""
    for attempt in range(READS):
        if attempt:
            time.sleep(PAUSE)
        try:
            descriptor = os.open(tree / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            content = os.read(descriptor, LONGEST).decode("latin-1")
        finally:
            os.close(descriptor)
        if DIGEST.fullmatch(content):
            break
    return Link(path, content)


def write_index(links: Iterable[Link], file: Path) -> list[Link]:
    """Writes one line for each link; gives those that are no digest."""
    bad = []
    with file.open("w", encoding="utf-8") as stream:
        for link in links:
            stream.write(json.dumps(list(link)) + "\n")
            if not link.good:
                bad.append(link)
        stream.flush()
        os.fsync(stream.fileno())
    return bad


def read_index(file: Path) -> Iterator[Link]:
    """Raises OpsError for a file that is no index."""
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            try:
                path, content = json.loads(line)
            except ValueError:
                raise OpsError(f"{file} is no index of links") from None
            if not path.startswith("repositories/") or ".." in path.split("/"):
                raise OpsError(f"{file} names a path outside of the repositories: {path}")
            yield Link(path, content)


def write_links(links: Iterable[Link], tree: Path) -> int:
    """Makes the link files below the tree; gives how many."""
    count = 0
    for link in links:
        file = tree / link.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(link.content, encoding="latin-1")
        count += 1
    return count
