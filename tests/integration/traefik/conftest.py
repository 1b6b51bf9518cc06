"""One registry behind Traefik for all of these tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.composed import Composed
from tests.support.operations import BY_HAND
from tests.support.traefik import (
    IMAGES,
    PROGRAMS,
    Net,
    behind_traefik,
    docker,
    missing,
    network,
    publishing,
)


@pytest.fixture(scope="session")
def net() -> Iterator[Net]:
    """All of these tests are within."""
    if reason := missing():
        pytest.skip(reason)
    with network() as made:
        yield made


@pytest.fixture(scope="session")
def lab(net: Net, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    daemon = publishing(Path(tempfile.mkdtemp(prefix="dockyard-docker-")))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in daemon.environment.items():
            patch.setenv(name, value)
        daemon.start()
        try:
            daemon.load(IMAGES["registry"], docker.PROGRAMS["registry"])
            daemon.load(IMAGES["traefik"], PROGRAMS)
            folder = tmp_path_factory.mktemp("traefik")
            with behind_traefik(
                daemon, folder, 5443, backup=BY_HAND, upkeep={"gc_every_days": 0}
            ).cleared() as made:
                made.up()
                yield made
        finally:
            daemon.remove()
