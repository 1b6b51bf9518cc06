"""Rootless Docker, as an ordinary user runs it: why a registry is not put there."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dockyard
import pytest
from dockyard.ops import processes
from dockyard.self_hosted.choice import choose
from dockyard.self_hosted.docker import refusal

from tests.support.docker import IMAGES
from tests.support.instance import wait_until
from tests.support.ordinary import SYSTEM_PYTHON, User
from tests.support.rootless import Rootless, missing

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("podman"),
]


@pytest.fixture(scope="module")
def docker(user: User) -> Iterator[Rootless]:
    if reason := missing():
        pytest.skip(reason)
    with Rootless(Path(tempfile.mkdtemp(prefix="dockyard-rootless-")), user=user).ready() as made:
        yield made


@pytest.fixture
def environment(docker: Rootless) -> dict[str, str]:
    return {**os.environ, **docker.environment}


def test_a_container_in_the_host_s_network_is_not_in_this_host_s(docker: Rootless) -> None:
    name = f"sleeps-{os.getpid()}"
    command = (IMAGES["nginx"], "/bin/sh", "-c", "sleep 600; true", name)
    docker.said("run", "--detach", "--network=host", *command)
    found: list[int] = []

    def begun() -> bool:
        found[:] = processes.of(Path("/nonexistent"), name)
        return bool(found)

    wait_until(begun, "the container's program, which Docker does not wait for")
    (pid, *_) = found
    assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_its_own_user_is_told_why(docker: Rootless) -> None:
    code = (
        "import os; from dockyard.self_hosted.docker import refusal;"
        "print(*(refusal(dict(os.environ)) or ('taken',)), sep='\\n')"
    )
    place = {"PYTHONPATH": str(Path(dockyard.__file__).parents[1])}
    said = docker.user.gives(SYSTEM_PYTHON, "-c", code, environment={**docker.environment, **place})
    assert said.startswith("rootless Docker has a network of its own: there the front would listen")
    assert "run podman in its place" in said


def test_root_is_told_that_it_is_another_s_and_takes_something_else(
    docker: Rootless, environment: dict[str, str]
) -> None:
    found = refusal(environment)
    assert found is not None
    assert found.reason.startswith(f"Docker is run by {docker.user.name}, ")
    chosen = choose("/nonexistent", IMAGES.values(), environment=environment)
    assert chosen == (False, f"not compose: {found.reason}")
