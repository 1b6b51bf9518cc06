"""One registry that podman runs for all of these tests."""

from collections.abc import Iterator

import pytest

from tests.support.composed import Composed, composed
from tests.support.operations import BY_HAND
from tests.support.podman import Podman


@pytest.fixture(scope="session")
def lab(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    with composed(podman, tmp_path_factory.mktemp("podman"), backup=BY_HAND).cleared() as made:
        made.up()
        yield made
