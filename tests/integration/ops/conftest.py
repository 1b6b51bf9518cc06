"""A registry of its own for each test: it is broken there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.instance import MISSING, make, running
from tests.support.operations import SETTINGS, Registry

PASSWORDS = {"ci": "ci-secret-2", "admin": "admin-secret-1"}
NEEDED = [*MISSING, *([] if shutil.which("restic") else ["restic"])]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """Laid out, not running: what tests push, they write."""
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    instance = make(tmp_path, SETTINGS, PASSWORDS)
    yield Registry(instance)
    shutil.rmtree(instance.plan.paths.run)


@pytest.fixture
def live() -> Iterator[Registry]:
    """Running."""
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    with running(SETTINGS, PASSWORDS) as instance:
        yield Registry(instance)


@pytest.fixture
def timed() -> Iterator[Registry]:
    """Running, with jobs by the clock."""
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    with running({**SETTINGS, "backup": {}}, PASSWORDS) as instance:
        yield Registry(instance)
