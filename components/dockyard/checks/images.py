"""References to images, as Kubernetes and Docker read them.

Source: "Images" (Kubernetes documentation); the reference grammar of the Distribution project.
"""

from collections.abc import Collection
from typing import NamedTuple

HUB = "docker.io"


class Image(NamedTuple):
    """The parts of a reference. host: with its port, docker.io where there is none. repository: below the host."""

    host: str
    repository: str
    tag: str
    digest: str


def parse(reference: str) -> Image:
    """The parts of a reference, tag and digest "" where it has none."""
    rest, _, digest = reference.strip().partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    path = f"{head}{slash}{name}"
    first, slash, below = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return Image(first.lower(), below, tag, digest)
    official = "" if slash else "library/"
    return Image(HUB, f"{official}{path}", tag, digest)


def moves(reference: str) -> str:
    """Why the image behind a reference may be another one tomorrow; "" where its tag names a version or a digest holds it."""
    image = parse(reference)
    if image.digest:
        return ""
    if not image.tag:
        return "has no tag, which is latest"
    return "has the tag latest" if image.tag == "latest" else ""


def comes_from(reference: str, registries: Collection[str]) -> bool:
    """Whether an image is in one of the registries.

    registries: a host (`*.` before it for all below), perhaps with the beginning of a path: `registry.example.com/shop`.
    """
    image = parse(reference)
    return any(_within(image, trusted.lower().rstrip("/")) for trusted in registries)


def _within(image: Image, trusted: str) -> bool:
    host, _, path = trusted.partition("/")
    here = image.host.endswith(host[1:]) if host.startswith("*.") else image.host == host
    return here and (not path or f"{image.repository}/".startswith(f"{path}/"))
