"""Throw-away hosts, and what applies to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dockyard.self_hosted.settings import read_settings
from dockyard.self_hosted.target import connection

from tests.support.far_host import FarHost, far_host, missing
from tests.support.lab import Lab
from tests.support.web import Web


@pytest.fixture(scope="module")
def host() -> Iterator[FarHost]:
    if reason := missing():
        pytest.skip(reason)
    with far_host() as made:
        yield made


@pytest.fixture
def another() -> Iterator[Callable[..., FarHost]]:
    """Makes further hosts."""
    if reason := missing():
        pytest.skip(reason)
    with ExitStack() as stack:
        yield lambda **wanted: stack.enter_context(far_host(**wanted))


def connection_to(host: FarHost, /, user: str = "root", **target: Any) -> dict[str, Any]:
    """The connection of a Host resource, by way of the settings."""
    values = {
        "domain": host.address,
        "listen": [host.address],
        "users": {"ci": {}},
        "target": host.target(user, **target),
    }
    return connection(read_settings(values, "test").target, lambda text: text)


def lab_on(host: FarHost, name: str, user: str = "root", **target: Any) -> Lab:
    """A Host with the web server's bundle, in /srv of the host."""
    return Lab(Web(Path(f"/srv/{name}"), 8000), connection_to(host, user, **target))


def served(host: FarHost) -> str:
    """What the bundle's server says there: its process id, its text."""
    return host.run("curl", "-s", "http://127.0.0.1:8000")
