"""Another version of the registry on the same store, and back."""

import hashlib
from pathlib import Path

import pytest

from tests.support.deployed import Deployed
from tests.support.registry3 import registry3
from tests.support.upgrades import answered

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]


@pytest.fixture
def three() -> Path:
    return registry3()


def everything(lab: Deployed) -> dict[str, bytes]:
    with lab.client("admin") as client:
        return answered(client)


def program(lab: Deployed) -> str:
    """The digest of what the registry's process runs."""
    (main,) = (main for main in lab.running() if main.role == "registry")
    return lab.said("sha256sum", f"/proc/{main.pid}/exe").split()[0]


def test_every_tag_is_pulled_from_2_from_3_and_from_2_again(lab: Deployed, three: Path) -> None:
    for number in range(3):
        lab.push(f"team/version{number}", "v1", f"layer {number}".encode() * 1000)
    lab.operations("backup")
    two, before, settings = program(lab), everything(lab), dict(lab.settings)
    assert len(before) >= 9
    lab.up(**lab.version_3(three))
    assert program(lab) == hashlib.sha256(three.read_bytes()).hexdigest()
    assert everything(lab) == before
    assert lab.up().changes == {}
    new = lab.push("team/new", "v1", b"pushed to 3")
    before = everything(lab)
    lab.operations("backup")
    lab.settings = settings
    lab.up()
    assert program(lab) == two
    assert everything(lab) == before
    assert lab.registry.pulls(new)
    assert lab.up().changes == {}
