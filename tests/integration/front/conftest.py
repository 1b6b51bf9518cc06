"""One running registry with an image in each of four repositories, for all tests of a worker that leave it as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.images import Image, push_image
from tests.support.instance import MISSING, SETTINGS, Instance, running
from tests.support.wire import Wire, new_address

REPOSITORIES = ("open/app", "pub/app", "secret/app", "team/app")


@dataclass(frozen=True)
class Front:
    """The instance and what is in it."""

    instance: Instance
    images: dict[str, Image]

    def wire(self, user: str | None = None, password: str | None = None) -> Wire:
        """A client from an address of its own."""
        return Wire(self.instance, user, password, new_address())


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with running({**SETTINGS, "anonymous_pull": ["open/*"]}) as instance:
        with instance.client("ci") as client:
            images = {name: push_image(client, name, "1", name.encode() * 100) for name in REPOSITORIES}
        yield Front(instance, images)
