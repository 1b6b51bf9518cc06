"""One registry on each target, set up as a user has it; every test of this folder is run on each of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.booted_host import booted_host
from tests.support.booted_host import missing as no_booted_host
from tests.support.composed import composed
from tests.support.deployed import Deployed
from tests.support.far_composed import far_composed
from tests.support.far_host import far_host
from tests.support.far_host import missing as no_far_host
from tests.support.instance import MISSING, wait_until
from tests.support.operations import BY_HAND
from tests.support.supervised import far, supervised, units

ROUTINE: dict[str, Any] = {
    "backup": BY_HAND,
    "scrub": {"every_days": 0},
    "upkeep": {"gc_every_days": 0},
}
"""Nothing is done but by hand, so that what a test sees is of its own making."""
TARGETS = {
    "supervisor": "target-supervisor",
    "compose": "docker",
    "podman": "podman",
    "ssh": "target-ssh",
    "ssh-compose": "far-docker",
    "systemd": "systemd",
}
"""To the worker that has what it needs."""


def marked(target: str) -> Any:
    own = [pytest.mark.compose] if "compose" in target or target == "podman" else []
    return pytest.param(target, marks=[pytest.mark.xdist_group(TARGETS[target]), *own])


@pytest.fixture(scope="session", params=[marked(target) for target in TARGETS])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A registry that is up."""
    folder = tmp_path_factory.mktemp(request.param)
    yield from globals()[f"on_{request.param}".replace("-", "_")](request, folder)


def on_supervisor(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    yield from applied(supervised(folder, **ROUTINE))


def on_compose(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    yield from applied(composed(request.getfixturevalue("daemon"), folder, **ROUTINE))


def on_podman(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    yield from applied(composed(request.getfixturevalue("podman"), folder, **ROUTINE))


def on_ssh(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    if reason := no_far_host():
        pytest.skip(reason)
    with far_host() as host:
        yield from applied(far(host, folder, **ROUTINE))


def on_ssh_compose(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    yield from applied(far_composed(request.getfixturevalue("far_daemon"), folder, **ROUTINE))


def on_systemd(request: pytest.FixtureRequest, folder: Path) -> Iterator[Deployed]:
    if reason := no_booted_host():
        pytest.skip(reason)
    with booted_host() as host:
        yield from applied(units(host, folder, **ROUTINE))


def applied(made: Deployed) -> Iterator[Deployed]:
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with made.cleared():
        made.up()
        wait_until(made.instance.answers, "the front to answer")
        yield made
