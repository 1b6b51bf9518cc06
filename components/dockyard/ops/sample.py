"""Whether a registry serves what the store holds: all of it up to a bound, evenly spread parts of it beyond."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from dockyard.ops.errors import OpsError
from dockyard.ops.examine import Store
from dockyard.ops.scratch import Client

MANIFESTS, BLOBS = 1000, 4000
Item = TypeVar("Item")


@dataclass(frozen=True)
class Sample:
    """Paths below /v2/ with what must be answered, and a name for people."""

    manifests: Sequence[tuple[str, str, str]]
    """Path, digest, name."""
    blobs: Sequence[tuple[str, int, str]]
    """Path, size (-1 for unknown), name."""
    repository: str
    """Where an upload may be begun: one that is there, so that none is made for it; "" for none."""
    tags: int = 0
    """Of the whole store."""

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def chosen(store: Store) -> Sample:
    """Of what is whole: what is broken, no registry serves."""
    tags, revisions = [], []
    for name, repository in sorted(store.repositories.items()):
        for tag, digest in sorted(repository.tags.items()):
            if digest in repository.revisions - store.bad:
                tags.append((f"{name}/manifests/{tag}", digest, f"{name}:{tag}"))
        for digest in sorted(repository.revisions - store.bad - set(repository.tags.values())):
            revisions.append((f"{name}/manifests/{digest}", digest, repository.label(digest)))
    blobs = [
        (f"{part.repository}/blobs/{part.digest}", part.size, f"{part.label}: {part.kind} {part.digest}")
        for part in store.parts.values()
        if part.digest not in store.bad and part.kind != "manifest"
    ]
    few = _spread(tags, MANIFESTS)
    return Sample(
        manifests=[*few, *_spread(revisions, MANIFESTS - len(few))],
        blobs=_spread(blobs, BLOBS),
        repository=next((name for name, it in sorted(store.repositories.items()) if it.tags), ""),
        tags=store.tags,
    )


def _spread(items: list[Item], most: int) -> list[Item]:
    return items if len(items) <= most else [items[len(items) * at // most] for at in range(most)]


def still(tree: Path, sample: Sample) -> Sample:
    """The sample without what was deleted since, and with the tags where they lead now."""
    manifests = []
    for path, digest, name in sample.manifests:
        repository, _, reference = path.partition("/manifests/")
        tag = ":" not in reference
        place = f"tags/{reference}/current" if tag else f"revisions/{reference.replace(':', '/')}"
        if now := _link(tree / "repositories" / repository / "_manifests" / place):
            manifests.append((path, now if tag else digest, name))
    blobs = []
    for path, size, name in sample.blobs:
        repository, _, digest = path.partition("/blobs/")
        if _link(tree / "repositories" / repository / "_layers" / digest.replace(":", "/")):
            blobs.append((path, size, name))
    return replace(sample, manifests=manifests, blobs=blobs)


def _link(folder: Path) -> str:
    try:
        return (folder / "link").read_text()
    except FileNotFoundError:
        return ""


def not_served(client: Client, sample: Sample) -> list[str]:
    """What the registry does not answer as it must, by name: every manifest pulled, of each blob the size asked for."""
    found = []
    for path, digest, name in sample.manifests:
        status, got = client.pull(f"/v2/{path}", digest.partition(":")[0])
        if status != 200:
            found.append(f"{name}: its manifest is answered {status or 'not at all'}")
        elif got != digest:
            found.append(f"{name}: its manifest is answered with other bytes")
    for path, size, name in sample.blobs:
        status, headers = client.ask("HEAD", f"/v2/{path}")
        length = headers.get("content-length", "")
        if status != 200:
            found.append(f"{name} is answered {status or 'not at all'}")
        elif size >= 0 and length != str(size):
            found.append(f"{name} is answered with {length or 'no'} bytes, not {size}")
    return found


def refuses_uploads(client: Client, repository: str) -> str:
    """Begins an upload and cancels it; gives what is wrong with that, "" for nothing."""
    status, headers = client.ask("POST", f"/v2/{repository}/blobs/uploads/")
    if status != 202 or "location" not in headers:
        return f"an upload to {repository} is answered {status or 'not at all'}, not 202"
    path = headers["location"].removeprefix("http://localhost")
    status, _ = client.ask("DELETE", path)
    return "" if status == 204 else f"cancelling an upload is answered {status or 'not at all'}, not 204"


def wait_for_answer(client: Client, seconds: float) -> None:
    """Returns once /v2/ is answered 200. Raises OpsError with what was answered instead."""
    deadline = time.monotonic() + seconds
    while True:
        status, _ = client.ask("GET", "/v2/")
        if status == 200:
            return
        if time.monotonic() > deadline:
            raise OpsError(f"/v2/ is answered {status or 'not at all'}, not 200, for {seconds:.0f} seconds")
        time.sleep(0.1)
