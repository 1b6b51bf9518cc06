"""The new program tried beside the running one: with the new configuration on an empty store, then read-only on the images."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from dockyard.ops import links
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import examine
from dockyard.ops.sample import Sample, chosen, not_served, refuses_uploads, still
from dockyard.ops.scratch import ANSWER_SECONDS, SOCKET, Client, read_only, started
from dockyard.ops.settings import Settings

FEW, REPOSITORY = 5, "dockyard/smoke-test"
SECONDS = 30.0
"""So long one answer is waited for."""
MORE_LOOKS, PAUSE = 3, 0.5


class Stage(Protocol):
    """Where a registry is tried."""

    def folder(self) -> AbstractContextManager[Path]:
        """For its socket and an empty store: for its account alone, on memory-backed storage, as the configuration holds a secret."""

    def has(self, program: str) -> bool:
        """Whether it is there and can be run."""

    def started(
        self, program: str, folder: Path, configuration: str, environment: Mapping[str, str], seconds: float
    ) -> AbstractContextManager[Client]:
        """As `dockyard.ops.scratch.started`."""


class Programs:
    """On the host, as the owner of the store, who runs all of this."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @contextmanager
    def folder(self) -> Iterator[Path]:
        folder = self._settings.run_file.parent / "rehearsal"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def has(self, program: str) -> bool:
        return os.access(program, os.X_OK)

    def started(
        self, program: str, folder: Path, configuration: str, environment: Mapping[str, str], seconds: float
    ) -> AbstractContextManager[Client]:
        return started(program, folder, configuration, environment, seconds)


def rehearse(settings: Settings, stage: Stage, configuration: str, new: str, before: str) -> dict[str, Any]:
    """Gives the sample, and what neither program serves. Raises OpsError for what only the new one does not.

    before: the program that has served the images until now; "" where it is gone.
    """
    tree = settings.tree
    with stage.folder() as folder:
        _try_configuration(stage, new, folder, configuration)
        sample = Sample(**ask(settings.owner, lambda: chosen(examine(tree, links.read_links(tree))).plain()))
        missing = _missing(stage, new, folder, settings.store, sample)
        for _ in range(MORE_LOOKS if missing else 0):
            # Clients go on: a tag may have moved, an image been deleted, a link be half written. What is missing each time is.
            time.sleep(PAUSE)
            sample = _left(settings, tree, sample)
            missing = [it for it in _missing(stage, new, folder, settings.store, sample) if it in missing]
        known = _missing(stage, before, folder, settings.store, sample) if missing and before else []
    if worse := [text for text in missing if text not in known]:
        more = [f"and {len(worse) - FEW} more"] if len(worse) > FEW else []
        raise OpsError(
            "\n    ".join(
                ["it does not serve what is served now; nothing was changed:", *worse[:FEW], *more]
            ),
            "delete these images or push them anew, or stay with the version that serves them",
        )
    return {"sample": sample.plain(), "known": known}


def _try_configuration(stage: Stage, program: str, folder: Path, configuration: str) -> None:
    overridden = {
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(folder / "store"),
        "REGISTRY_HTTP_ADDR": SOCKET,
    }
    with stage.started(program, folder, configuration, overridden, SECONDS) as client:
        if text := refuses_uploads(client, REPOSITORY):
            raise OpsError(f"on an empty store, {text}; nothing was changed")


def _left(settings: Settings, tree: Path, sample: Sample) -> Sample:
    return Sample(**ask(settings.owner, lambda: still(tree, sample).plain()))


def _missing(stage: Stage, program: str, folder: Path, store: Path, sample: Sample) -> list[str]:
    if not stage.has(program):
        return []
    with stage.started(program, folder, read_only(store), {}, ANSWER_SECONDS) as client:
        return not_served(client, sample)
