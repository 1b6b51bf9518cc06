"""What more than one folder of tests here needs."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docker import Daemon, missing


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """One Docker daemon for all tests of a worker that need one."""
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
