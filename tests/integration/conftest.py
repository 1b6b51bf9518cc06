"""What more than one folder of tests here needs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support import docker, podman
from tests.support.far_docker import FarDaemon, far_docker
from tests.support.far_host import missing as no_far_host

HERE = Path(__file__).parent
OF_DAEMONS, SPOKEN_TO = {"daemon", "podman"}, ("DOCKER_HOST", "DOCKER_CONFIG")
Made = TypeVar("Made", bound=docker.Daemon)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server run in one process: each further one would start it again."""
    for item in items:
        definitions = item._fixtureinfo.name2fixturedefs.values()
        shared = any(each.scope == "module" for found in definitions for each in found)
        if HERE in item.path.parents and shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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


@pytest.fixture(autouse=True)
def _no_daemon_of_others(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon lives until its worker ends. Tests that have not asked for it do not find it."""
    if not OF_DAEMONS & set(request.fixturenames) and not request.node.get_closest_marker("compose"):
        for name in SPOKEN_TO:
            monkeypatch.delenv(name, raising=False)


@contextmanager
def spoken_to(made: Made) -> Iterator[Made]:
    """The program `docker` speaks to it until it ends."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        with made.ready():
            yield made


@pytest.fixture(scope="session")
def far_daemon() -> Iterator[FarDaemon]:
    """One throw-away host with a Docker daemon for all tests of a worker that need one."""
    if reason := docker.missing() or no_far_host():
        pytest.skip(reason)
    with far_docker() as made:
        yield made
