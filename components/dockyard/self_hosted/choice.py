"""Whether Docker runs the registry where no setting says so, and why. Asks this machine; changes nothing on it."""

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dockyard.self_hosted.docker import NOT_INSTALLED, Refusal, engine, refusal
from dockyard.self_hosted.engine import lacking
from dockyard.self_hosted.paths import Paths

SECONDS = 15.0
"""How long the images' registry may take to answer."""


class Choice(NamedTuple):
    """reason: to be said; "" where a registry is there already, which keeps what runs it."""

    docker: bool
    reason: str = ""


def choose(
    paths: Paths,
    images: Iterable[str],
    refused: Callable[[Mapping[str, str]], Refusal | None] = refusal,
    environment: Mapping[str, str] = os.environ,
    beyond: str = "",
) -> Choice:
    """A registry that is there keeps what runs it, whatever has been installed since. A new one takes Docker where that can run it.

    beyond: a setting that Docker cannot keep; "" for none.
    """
    if Path(paths.etc, "compose.yaml").exists():
        return Choice(True)
    if Path(paths.etc, "ops/config.json").exists():
        return Choice(False)
    if beyond:
        return Choice(False, f"not compose: it cannot keep {beyond}" if not refused(environment) else "")
    if found := refused(environment):
        installed = found.reason != NOT_INSTALLED
        return Choice(False, f"not compose: {found.reason}" if installed else "")
    for image in images:
        if not _to_be_had(image, environment):
            return Choice(
                False, f"not compose: the image {image} is neither on this host nor to be had from it"
            )
    answering = engine(environment)
    if answering and (lacks := lacking(answering)):
        return Choice(False, f"not compose: {answering.name} {lacks}")
    podman = answering is not None and answering.podman
    answers = "podman answers in Docker's place" if podman else "a Docker daemon answers"
    return Choice(True, f"compose, because {answers}")


def _to_be_had(image: str, environment: Mapping[str, str]) -> bool:
    """On this host, or its registry knows it."""
    return any(_succeeds(("docker", kind, "inspect", image), environment) for kind in ("image", "manifest"))


def _succeeds(command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
