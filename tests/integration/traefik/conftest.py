"""One registry behind Traefik for all of these tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import docker
from tests.support.composed import Composed
from tests.support.operations import BY_HAND
from tests.support.traefik import (
    IMAGES,
    PROGRAMS,
    Net,
    behind_traefik,
    missing,
    network,
    publishing,
    within,
)

PORT = 5443


@pytest.fixture(scope="package")
def net() -> Iterator[Net]:
    if reason := missing():
        pytest.skip(reason)
    with network() as made:
        yield made


@pytest.fixture(scope="package")
def daemon(net: Net) -> Iterator[docker.Daemon]:
    made = publishing(Path(tempfile.mkdtemp(prefix="dockyard-docker-")))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        with within(net.server):
            made.start()
        try:
            made.load(IMAGES["registry"], docker.PROGRAMS["registry"])
            made.load(IMAGES["traefik"], PROGRAMS)
            yield made
        finally:
            made.remove()


@pytest.fixture(scope="package")
def lab(net: Net, daemon: docker.Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    settings = {"backup": BY_HAND, "scrub": {"every_days": 0}, "upkeep": {"gc_every_days": 0}}
    made = behind_traefik(daemon, tmp_path_factory.mktemp("traefik"), PORT, **settings)
    try:
        with within(net.server):
            made.up()
        yield made
    finally:
        with within(net.server), made.cleared():
            pass


@pytest.fixture(autouse=True)
def _on_the_host(net: Net, lab: Composed) -> Iterator[None]:
    """Each test, and all that it starts, is on the registry's host."""
    with within(net.server):
        yield
