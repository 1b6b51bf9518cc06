"""One registry that root's podman runs, and a user who is not root."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.composed import Composed, composed
from tests.support.operations import BY_HAND
from tests.support.ordinary import User, missing, ordinary
from tests.support.podman import Podman


@pytest.fixture(scope="session")
def lab(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that is up."""
    folder = tmp_path_factory.mktemp("podman")
    with composed(podman, folder, backup=BY_HAND, images=podman.pinned()).cleared() as made:
        made.up()
        yield made


@pytest.fixture(scope="module")
def user() -> Iterator[User]:
    if reason := missing():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="dockyard-user-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with ordinary(Path(name)) as made:
            yield made
