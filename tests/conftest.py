"""What every folder of tests shares."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, which does other work beside.
settings.register_profile("dockyard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dockyard")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden", action="store_true", help="write the golden files anew instead of comparing with them"
    )


@pytest.fixture(scope="session", autouse=True)
def _no_docker() -> Iterator[None]:
    """A new registry is run by the same on every machine, with a Docker daemon or without; tests of that have one of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///nonexistent")
        yield
