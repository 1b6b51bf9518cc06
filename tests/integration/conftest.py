"""What more than one folder of tests here needs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support import docker, podman

Made = TypeVar("Made", bound=docker.Daemon)


@pytest.fixture(scope="session")
def daemon() -> Iterator[docker.Daemon]:
    """One Docker daemon for all tests of a worker that need one."""
    if reason := docker.missing():
        pytest.skip(reason)
    with spoken_to(docker.Daemon(Path(tempfile.mkdtemp(prefix="dockyard-docker-")))) as made:
        yield made


@pytest.fixture(scope="session", name="podman")
def _podman() -> Iterator[podman.Podman]:
    """One podman service, likewise."""
    if reason := podman.missing():
        pytest.skip(reason)
    with spoken_to(podman.Podman(Path(tempfile.mkdtemp(prefix="dockyard-podman-")))) as made:
        yield made


@contextmanager
def spoken_to(made: Made) -> Iterator[Made]:
    """The program `docker` speaks to it until it ends."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        with made.ready():
            yield made
