"""Whether Docker runs the registry where no setting says so, and why. Asks the host that it runs on; changes nothing there.

Standard library only: another host's agent asks the same.
"""

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dockyard.self_hosted.docker import NOT_INSTALLED, engine, refusal
from dockyard.self_hosted.engine import Refusal, lacking

SECONDS = 15.0
"""How long the images' registry may take to answer."""
ANSWERS = "compose, because a Docker daemon answers"
ANSWERS_A_USER = f"{ANSWERS}; whoever may ask it is root by another name"


class Choice(NamedTuple):
    """reason: to be said; "" where a registry is there already, which keeps what runs it."""

    docker: bool
    reason: str = ""


def choose(
    etc: str,
    images: Iterable[str],
    refused: Callable[[Mapping[str, str]], Refusal | None] = refusal,
    environment: Mapping[str, str] = os.environ,
    beyond: str = "",
) -> Choice:
    """A registry that is there keeps what runs it, whatever has been installed since. A new one takes Docker where that can run it.

    etc: the folder of its configuration. beyond: a setting that Docker cannot keep; "" for none.
    """
    if Path(etc, "compose.yaml").exists():
        return Choice(True)
    if Path(etc, "ops/config.json").exists():
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
    if answering and answering.podman:
        return Choice(True, "compose, because podman answers in Docker's place")
    return Choice(True, ANSWERS_A_USER if os.geteuid() else ANSWERS)


def _to_be_had(image: str, environment: Mapping[str, str]) -> bool:
    """On this host, or its registry knows it."""
    return any(_succeeds(("docker", kind, "inspect", image), environment) for kind in ("image", "manifest"))


def _succeeds(command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
