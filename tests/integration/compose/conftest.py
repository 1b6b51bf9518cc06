"""One Docker daemon for all of these tests, and one registry."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.composed import Composed, cleared, composed
from tests.support.docker import Daemon, missing


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    if reason := missing():
        pytest.skip(reason)
    made = Daemon(Path(tempfile.mkdtemp(prefix="dockyard-docker-")))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        made.start()
        try:
            made.load_images()
            yield made
        finally:
            made.remove()


@pytest.fixture(scope="session")
def lab(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    with cleared(composed(daemon, tmp_path_factory.mktemp("composed"))) as made:
        made.up()
        yield made
