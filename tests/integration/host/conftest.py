"""A host to apply bundles to: this machine, below a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.instance import free_port
from tests.support.lab import Lab
from tests.support.web import Web


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    # A unix socket's path has at most 107 bytes.
    made = Lab(Web(tmp_path / "w", free_port()))
    yield made
    if made.id:
        made.down()
