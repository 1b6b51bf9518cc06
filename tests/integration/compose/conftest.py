"""One registry in containers for all of these tests."""

from collections.abc import Iterator

import pytest

from tests.support.composed import Composed, composed
from tests.support.docker import Daemon


@pytest.fixture(scope="session")
def lab(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    with composed(daemon, tmp_path_factory.mktemp("composed")).cleared() as made:
        made.up()
        yield made
