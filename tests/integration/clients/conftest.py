"""One registry for all clients."""

from collections.abc import Iterator

import pytest

from tests.support.instance import MISSING, Instance, running
from tests.support.operations import SETTINGS

PASSWORDS = {"ci": "ci-secret-2", "admin": "admin-secret-1", "reader": "reader-secret-3"}
USERS = {"ci": {"push": ["team/**"]}, "admin": {"admin": True}, "reader": {"pull": ["team/**"]}}


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with running({**SETTINGS, "backup": {"enabled": False}, "users": USERS}, PASSWORDS) as found:
        yield found
