"""What a store must hold so that every image of it can be pulled, told from its links and manifests.

Every manifest counts, those without a tag too: indexes lead to some, and referrers (signatures, SBOMs) are such.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dockyard.ops.links import Link

LARGEST_MANIFEST = 64 << 20
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What a manifest that is none makes Python raise; one that is nested deep enough is taken by the registry all the same."""


@dataclass
class Repository:
    """The links of one repository."""

    name: str
    tags: dict[str, str] = field(default_factory=dict)
    revisions: set[str] = field(default_factory=set)
    layers: dict[str, str] = field(default_factory=dict)
    """Digest to the digest that its bytes are stored under: sha512 is stored as sha256."""
    named: dict[str, str] = field(default_factory=dict)
    """Digest to the first of its tags."""

    def tag(self, tag: str, digest: str) -> None:
        self.tags[tag] = digest
        self.named[digest] = min(tag, self.named.get(digest, tag))

    def label(self, digest: str) -> str:
        """How people name a manifest: by a tag, where it has one."""
        tag = self.named.get(digest)
        return f"{self.name}:{tag}" if tag else f"{self.name}@{digest}"


@dataclass(frozen=True)
class Part:
    """A blob of an image. size: -1 where the manifest does not say."""

    repository: str
    digest: str
    stored: str
    size: int
    kind: str
    label: str


@dataclass
class Store:
    """The contents of a store."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    """By repository and digest."""
    broken: list[str] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    """Digests that `broken` has something about."""

    @property
    def tags(self) -> int:
        return sum(len(repository.tags) for repository in self.repositories.values())

    @property
    def manifests(self) -> int:
        return sum(len(repository.revisions) for repository in self.repositories.values())

    def blame(self, text: str, digest: str = "") -> None:
        self.broken.append(text)
        if digest:
            self.bad.add(digest)


def examine(tree: Path, links: Iterable[Link]) -> Store:
    """Reads every manifest; looks whether all that they name is there, in its size."""
    store = Store()
    for link in links:
        _sort(store, link)
    for repository in store.repositories.values():
        for tag, digest in sorted(repository.tags.items()):
            if digest not in repository.revisions:
                store.blame(f"{repository.name}:{tag}: leads to {digest}, which the repository does not hold")
        for digest in sorted(repository.revisions):
            _manifest(tree, store, repository, digest)
    return store


def blob_path(tree: Path, digest: str) -> Path:
    algorithm, _, value = digest.partition(":")
    return tree / "blobs" / algorithm / value[:2] / value / "data"


def _sort(store: Store, link: Link) -> None:
    """Puts a link where it belongs; one that is no digest is broken."""
    for mark in ("/_manifests/tags/", "/_manifests/revisions/", "/_layers/"):
        name, found, rest = link.path.removeprefix("repositories/").partition(mark)
        if found:
            break
    else:
        return
    repository = store.repositories.setdefault(name, Repository(name))
    if not link.good:
        store.blame(f"{link.path}: is no link, but {len(link.content)} bytes")
    elif mark.endswith("tags/"):
        tag, _, which = rest.partition("/")
        if which == "current/link":
            repository.tag(tag, link.content)
    else:
        digest = rest.removesuffix("/link").replace("/", ":")
        if mark == "/_layers/":
            repository.layers[digest] = link.content
        else:
            repository.revisions.add(digest)


def _manifest(tree: Path, store: Store, repository: Repository, digest: str) -> None:
    label = repository.label(digest)
    try:
        with blob_path(tree, digest).open("rb") as stream:
            content = stream.read(LARGEST_MANIFEST)
    except FileNotFoundError:
        store.blame(f"{label}: its manifest {digest} is missing", digest)
        return
    if digest_like(digest, content) != digest:
        store.blame(f"{label}: its manifest {digest} is corrupt", digest)
        return
    try:
        manifest = json.loads(content)
        found = list(described(manifest))
    except UNREADABLE:
        store.blame(f"{label}: its manifest {digest} cannot be read", digest)
        return
    for part in found:
        _part(tree, store, repository, label, part)


class Described(NamedTuple):
    """What a manifest says of one of its parts. elsewhere: whether it may be had from another address."""

    kind: str
    digest: str
    size: int
    elsewhere: bool


def described(manifest: dict[str, Any]) -> Iterator[Described]:
    """The parts of an index, of an image, or of Docker's schema 1."""
    configs = [manifest["config"]] if manifest.get("config") else []
    layers = manifest.get("layers") or manifest.get("blobs") or ()
    kinds = (("manifest", manifest.get("manifests") or ()), ("config", configs), ("layer", layers))
    for kind, descriptors in kinds:
        for it in descriptors:
            yield Described(kind, str(it["digest"]), int(it.get("size", -1)), bool(it.get("urls")))
    for layer in manifest.get("fsLayers") or ():
        yield Described("layer", str(layer["blobSum"]), -1, False)


def _part(tree: Path, store: Store, repository: Repository, label: str, part: Described) -> None:
    kind, digest, size, elsewhere = part
    if kind == "manifest":
        if digest not in repository.revisions:
            store.blame(f"{label}: manifest {digest} of its index is missing", digest)
        return
    linked = digest in repository.layers
    if (repository.name, digest) in store.parts or (elsewhere and not linked):
        return
    stored = repository.layers.get(digest, "")
    path = blob_path(tree, stored)
    if not linked:
        store.blame(f"{label}: {kind} {digest} is not linked in {repository.name}", digest)
    elif not path.is_file():
        store.blame(f"{label}: {kind} {digest} is missing", digest)
    elif size >= 0 and path.stat().st_size != size:
        store.blame(f"{label}: {kind} {digest} has {path.stat().st_size} bytes, not {size}", digest)
    store.parts[repository.name, digest] = Part(repository.name, digest, stored, size, kind, label)


def digest_like(digest: str, content: bytes) -> str:
    """The digest of the content by the same algorithm."""
    algorithm = digest.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
