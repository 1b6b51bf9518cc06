"""What more than one folder of tests here needs."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import docker, podman


@pytest.fixture(scope="session")
def daemon() -> Iterator[docker.Daemon]:
    """One Docker daemon for all tests of a worker that need one."""
    if reason := docker.missing():
        pytest.skip(reason)
    yield from started(docker.Daemon(Path(tempfile.mkdtemp(prefix="dockyard-docker-"))))


@pytest.fixture(scope="session", name="podman")
def _podman() -> Iterator[podman.Podman]:
    """One podman service, likewise."""
    if reason := podman.missing():
        pytest.skip(reason)
    for made in started(podman.Podman(Path(tempfile.mkdtemp(prefix="dockyard-podman-")))):
        assert isinstance(made, podman.Podman)
        yield made


def started(made: docker.Daemon) -> Iterator[docker.Daemon]:
    """With the images; the program `docker` speaks to it until it ends."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        made.start()
        try:
            made.load_images()
            yield made
        finally:
            made.remove()
