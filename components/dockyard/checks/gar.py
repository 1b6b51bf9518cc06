"""Repositories of Artifact Registry."""

from collections.abc import Mapping
from typing import Any

from dockyard.checks.values import UNKNOWN, text

REPOSITORY = "gcp:artifactregistry/repository:Repository"
STANDARD = "STANDARD_REPOSITORY"


def holds_images(properties: Mapping[str, Any]) -> bool | None:
    """Whether images are pushed to it; None where that is not known yet. Other repositories are copies and views of some."""
    kind, mode = properties.get("format"), properties.get("mode")
    if UNKNOWN in (kind, mode):
        return None
    return text(kind).upper() == "DOCKER" and text(mode).upper() in ("", STANDARD)
