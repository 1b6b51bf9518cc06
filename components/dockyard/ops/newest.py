"""The newest tags of a repository, as people look for them: when pushed, how large, for which platforms, with what attached."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dockyard.ops.examine import LARGEST_MANIFEST, UNREADABLE, Repository, blob_path, described

MOST = 10
"""Tags that are told of each repository; of the others, how many there are."""
LONGEST = 60
PARTS = 64
"""Manifests of an index that are read for its size."""
ATTACHED = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})(?:\.([a-z]+))?")
"""The tags that signatures, attestations and lists of referrers have."""
WORDS = {"sig": "signature", "att": "attestation", "sbom": "SBOM", None: "referrers"}
KINDS = {
    "application/vnd.cncf.helm.config.v1+json": "Helm chart",
    "application/vnd.oci.empty.v1+json": "artifact",
    "application/vnd.wasm.config.v0+json": "WebAssembly",
}


def is_attached(tag: str) -> bool:
    """Whether the tag is one of what belongs to another manifest."""
    return ATTACHED.fullmatch(tag) is not None


def newest(tree: Path, repository: Repository) -> list[dict[str, Any]]:
    """The last pushed first."""
    folder = tree / "repositories" / repository.name / "_manifests" / "tags"
    dated = [
        (pushed(folder / tag), tag, digest) for tag, digest in repository.tags.items() if not is_attached(tag)
    ]
    dated.sort(key=lambda it: (-it[0], it[1]))
    attached = _attached(repository.tags)
    return [
        {
            "tag": tag,
            "digest": digest,
            "pushed": at,
            "attached": attached.get(digest, []),
            **_told(tree, digest),
        }
        for at, tag, digest in dated[:MOST]
    ]


def pushed(folder: Path) -> float:
    """When the tag was; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        return (folder / "current" / "link").stat().st_mtime
    return 0.0


def _attached(tags: Mapping[str, str]) -> dict[str, list[str]]:
    """Digest to what is attached to it, in words."""
    found: dict[str, list[str]] = {}
    for tag in sorted(tags):
        if match := ATTACHED.fullmatch(tag):
            word = WORDS.get(match[3], str(match[3]))
            found.setdefault(f"{match[1]}:{match[2]}", []).append(word)
    return found


def _told(tree: Path, digest: str) -> dict[str, Any]:
    """Size, platforms and kind by the manifest; nothing of one that cannot be read: examining the store has told that."""
    try:
        manifest = _manifest(tree, digest)
        parts = dict(_parts(tree, manifest))
        return {
            "bytes": sum(parts.values()),
            "platforms": list(_platforms(manifest)),
            "kind": _kind(manifest),
        }
    except (OSError, *UNREADABLE):
        return {"bytes": 0, "platforms": [], "kind": "unreadable"}


def _manifest(tree: Path, digest: str) -> dict[str, Any]:
    with blob_path(tree, digest).open("rb") as stream:
        read: dict[str, Any] = json.loads(stream.read(LARGEST_MANIFEST))
    return read


def _parts(tree: Path, manifest: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Digest and size of each layer and configuration, those of the manifests of an index too."""
    below = 0
    for part in described(manifest):
        if part.kind != "manifest":
            yield part.digest, max(part.size, 0)
        elif (below := below + 1) <= PARTS:
            with contextlib.suppress(FileNotFoundError):
                for layer in described(_manifest(tree, part.digest)):
                    yield layer.digest, max(layer.size, 0)


def _platforms(manifest: Mapping[str, Any]) -> Iterator[str]:
    for entry in (manifest.get("manifests") or ())[:PARTS]:
        platform = entry.get("platform") or {}
        names = [str(platform[key]) for key in ("os", "architecture", "variant") if platform.get(key)]
        # Attestations of a build stand in its index as manifests of an unknown platform.
        if names and "unknown" not in names:
            yield "/".join(names)[:LONGEST]


def _kind(manifest: Mapping[str, Any]) -> str:
    if manifest.get("manifests") is not None:
        return "index"
    config = str((manifest.get("config") or {}).get("mediaType", ""))
    return KINDS.get(config, "image")
