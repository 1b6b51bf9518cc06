"""A registry of its own for each test, whose program changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ops.conftest import NEEDED
from tests.support.registry3 import registry3
from tests.support.upgrades import Yard, yard


@pytest.fixture
def three() -> str:
    """The program of registry:3."""
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    return str(registry3())


@pytest.fixture
def applied(three: str) -> Iterator[Yard]:
    """Version 2 at work, with a few images and a backup."""
    with yard() as made:
        for number in range(3):
            made.registry.push(f"team/app{number}", "v1", f"layer {number}".encode())
            made.registry.push(f"team/app{number}", "v2", b"the same in each")
        made.registry.done("backup")
        yield made


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where a program of one's own stands."""
    folder = tmp_path / "bin"
    folder.mkdir(0o755)
    return folder / "registry"
