"""A throw-away host, and a project that makes a registry there with the embedded engine."""

from collections.abc import Iterator

import pytest

from tests.support.clone import Clone
from tests.support.far_host import FarHost, far_host, missing
from tests.support.web import free_port


@pytest.fixture(scope="module")
def host() -> Iterator[FarHost]:
    if reason := missing():
        pytest.skip(reason)
    with far_host() as made:
        yield made


class Project(Clone):
    """A clone of this project whose registry is on a throw-away host."""

    def on(self, host: FarHost, user: str, **target) -> None:
        self.host = host
        self.settings |= {
            "domain": host.address,
            "listen": [host.address],
            "port": free_port(),
            "runtime": "supervisor",
            "target": host.target(user, **target),
        }
