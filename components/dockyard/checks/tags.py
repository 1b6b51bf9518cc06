"""Tags of images that can be moved to another image."""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dockyard.checks.values import UNKNOWN, at, many, quoted

MOST_FILTERS, MOST_WILDCARDS = 5, 2
FILTER = re.compile(r"[0-9a-zA-Z._*-]{1,128}")
RELEASES = ("1.2.3", "v1.2.3", "10.20.30", "1.2.3-rc.1", "2026.11.24", "sha-0123abc")
"""Tags of the kinds that a deployment names: a filter that fits one of them takes the promise away."""


def movable(mutability: Any, filters: Any, releases: Sequence[str] = RELEASES) -> Iterator[str]:
    """Why tags of an ECR repository can be moved, as far as they must not be; nothing where its setting is unknown.

    mutability: `imageTagMutability`. filters: its exclusions, objects with `filter`. releases: tags that no exclusion may fit. Source:
    "Preventing image tags from being overwritten in Amazon ECR" (5 filters of 128 characters with 2 wildcards each).
    """
    if mutability is UNKNOWN or mutability == "IMMUTABLE":
        return
    if mutability != "IMMUTABLE_WITH_EXCLUSION":
        shown = (
            "is not set, and MUTABLE is ECR's default" if mutability is None else f"is {quoted(mutability)}"
        )
        yield f"imageTagMutability {shown}: set IMMUTABLE, or IMMUTABLE_WITH_EXCLUSION for a few named tags"
        return
    if filters is UNKNOWN:
        return
    given = many(filters)
    if not 1 <= len(given) <= MOST_FILTERS:
        yield f"IMMUTABLE_WITH_EXCLUSION has {len(given)} exclusion filters: give 1 to {MOST_FILTERS}"
    for entry in given:
        yield from unbounded(at(entry, "filter"), releases)


def unbounded(pattern: Any, releases: Sequence[str] = RELEASES) -> Iterator[str]:
    """Why an exclusion filter leaves more tags movable than a few named ones."""
    if pattern is UNKNOWN:
        return
    if not isinstance(pattern, str) or not FILTER.fullmatch(pattern):
        yield f"exclusion filter {quoted(pattern)} is none: 1 to 128 letters, digits and . _ - *"
        return
    if pattern.count("*") > MOST_WILDCARDS:
        yield f"exclusion filter {pattern!r} has more than {MOST_WILDCARDS} wildcards, ECR refuses it"
    if not pattern.strip("*"):
        yield f"exclusion filter {pattern!r} fits every tag: name the few that move, such as 'latest'"
        return
    hit = next((tag for tag in releases if fnmatch.fnmatchcase(tag, pattern)), None)
    if hit:
        yield f"exclusion filter {pattern!r} fits releases such as {hit!r}: narrow it to tags that nobody deploys"
