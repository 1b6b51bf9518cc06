"""The new program tried beside the running one: with the new configuration on an empty store, then read-only on the images."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dockyard.ops import links
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import examine
from dockyard.ops.sample import Sample, chosen, not_served, refuses_uploads, still
from dockyard.ops.scratch import SOCKET, served, started
from dockyard.ops.settings import Settings

FEW, REPOSITORY = 5, "dockyard/smoke-test"
SECONDS = 30.0
"""So long one answer is waited for."""


def rehearse(settings: Settings, configuration: str, before: str) -> dict[str, Any]:
    """Gives the sample, and what neither program serves. Raises OpsError for what only the program of `settings` does not.

    Runs as the owner of the store. before: the program that has served the images until now; "" where it is gone.
    """
    with _folder(settings) as folder:
        _try_configuration(settings.registry, folder, configuration)
        sample = chosen(examine(settings.tree, links.read_links(settings.tree)))
        missing = _missing(settings.registry, folder, settings.store, sample)
        if missing:
            # Clients go on: a tag may have moved, an image been deleted.
            sample = still(settings.tree, sample)
            missing = _missing(settings.registry, folder, settings.store, sample)
        known = _missing(before, folder, settings.store, sample) if missing and before else []
    if worse := [text for text in missing if text not in known]:
        more = [f"and {len(worse) - FEW} more"] if len(worse) > FEW else []
        raise OpsError(
            "\n    ".join(
                ["it does not serve what is served now; nothing was changed:", *worse[:FEW], *more]
            ),
            "delete these images or push them anew, or stay with the version that serves them",
        )
    return {"sample": sample.plain(), "known": known}


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """For this account alone, on memory-backed storage: the configuration holds a secret."""
    folder = settings.run_file.parent / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _try_configuration(program: str, folder: Path, configuration: str) -> None:
    overridden = {
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(folder / "store"),
        "REGISTRY_HTTP_ADDR": SOCKET,
    }
    with started(program, folder, configuration, overridden, SECONDS) as client:
        if text := refuses_uploads(client, REPOSITORY):
            raise OpsError(f"on an empty store, {text}; nothing was changed")


def _missing(program: str, folder: Path, store: Path, sample: Sample) -> list[str]:
    if not os.access(program, os.X_OK):
        return []
    with served(program, folder, store) as client:
        return not_served(client, sample)
