"""One running registry with an image in each of four repositories, for all tests of a worker that leave it as it is."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from tests.support.images import Image, push_image
from tests.support.instance import MISSING, SETTINGS, Instance, running
from tests.support.wire import Answer, Wire, basic, new_address, receive

REPOSITORIES = ("open/app", "pub/app", "secret/app", "team/app")


@dataclass(frozen=True)
class Front:
    """The instance and what is in it."""

    instance: Instance
    images: dict[str, Image]

    def wire(self, user: str | None = None, password: str | None = None) -> Wire:
        """A client from an address of its own."""
        return Wire(self.instance, user, password, new_address())


def in_a_row(wire: Wire, logins: Iterable[str], method: str = "GET", target: str = "/v2/") -> list[Answer]:
    """The answers to one request with each of the logins. Connections are made before: who makes one for each on a busy machine may be
    too slow to be limited."""
    with contextlib.ExitStack() as stack:
        ready = [(login, stack.enter_context(wire.connected())) for login in logins]
        answers = []
        for login, connection in ready:
            lines = ("Host: localhost", f"Authorization: {login}", "Content-Length: 0", "Connection: close")
            connection.sendall("\r\n".join((f"{method} {target} HTTP/1.1", *lines, "", "")).encode())
            answers.append(receive(connection, method))
    return answers


def guesses(user: str, count: int) -> list[str]:
    """As many logins with different wrong passwords."""
    return [basic(user, f"guess-{number}") for number in range(count)]


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with running({**SETTINGS, "anonymous_pull": ["open/*"]}) as instance:
        with instance.client("ci") as client:
            images = {name: push_image(client, name, "1", name.encode() * 100) for name in REPOSITORIES}
        yield Front(instance, images)
