"""One registry with all that it can have, run by the systemd that has booted its host; the tests of this folder share it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.booted_host import BootedHost, booted_host, missing
from tests.support.instance import MISSING, wait_until
from tests.support.supervised import Units, units

WANTED: dict[str, Any] = {
    "backup": {"enabled": True},
    "firewall": {"allow_from": ["100.64.0.0/10"]},
    "metrics": {"port": 9300},
    "reserve": "1%",
    "memory_limit": "384M",
    "cpu_limit": 150,
    "scrub": {"every_days": 0},
    "upkeep": {"gc_every_days": 0},
}
STAYING = ("registry", "watch", "metrics", "firewall", "front")
TIMED = ("operations", "upkeep")


@pytest.fixture(scope="session")
def host() -> Iterator[BootedHost]:
    if reason := missing():
        pytest.skip(reason)
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    with booted_host() as made:
        yield made


@pytest.fixture(scope="session")
def lab(host: BootedHost, tmp_path_factory: pytest.TempPathFactory) -> Units:
    """It goes with its host."""
    made = units(host, tmp_path_factory.mktemp("units"), **WANTED)
    made.up()
    wait_until(made.instance.answers, "the front to answer")
    return made


def unit(name: str) -> str:
    return f"dockyard-units-{name}"


def main_process(lab: Units, name: str) -> int:
    """Its main process, by its number on the host; 0 where it has none."""
    return int(lab.said("systemctl", "show", "--property=MainPID", "--value", unit(name)))
