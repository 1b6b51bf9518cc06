"""From a front to none, to another version, and back, on the same port and the same images."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.alone import SETTINGS, USERS, Alone, single
from tests.support.docker import IMAGES, Daemon
from tests.support.go import BINARIES
from tests.support.instance import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker-alone"),
]


@pytest.fixture(scope="module")
def lab(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A registry behind NGINX."""
    made = single(daemon, tmp_path_factory.mktemp("fronts"), front="nginx", images=IMAGES, status_page=False)
    with made.cleared():
        made.up()
        yield made


def test_a_registry_loses_its_front_and_gets_it_again_with_its_images(lab: Alone) -> None:
    image = lab.push("team/app", "v1", b"moves")
    lab.up(front="none", images=SETTINGS["images"])
    assert set(lab.ids()) == {"registry"}
    wait_until(lab.answers, "the registry alone to answer")
    assert lab.registry.pulls(image)
    assert not lab.path(lab.plan.paths.front).exists(), "nobody reads what a front has left"
    assert lab.up().changes == {}
    lab.up(front="nginx", images=IMAGES)
    wait_until(lab.instance.answers, "the front to answer")
    assert lab.registry.pulls(image)
    assert not lab.path(lab.plan.paths.registry).exists()
    assert lab.up().changes == {}


@pytest.mark.skipif(not (BINARIES / "registry").exists(), reason="not built: registry:3")
@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_version_3_does_the_same_alone(lab: Alone) -> None:
    image = lab.push("team/three", "v1", b"three")
    lab.up(front="none", images=SETTINGS["images"])
    lab.up(**lab.version_3(BINARIES / "registry"), environment={"REGISTRY_TAGS_MAXTAGS": "5"})
    wait_until(lab.answers, "registry:3 to answer")
    assert lab.registry.pulls(image)
    before = lab.running()
    lab.up(users={**USERS, "late": {"admin": True}})
    with lab.client("late") as late:
        assert late.get("/v2/").status_code == 200
    assert lab.running() == before, "a new user restarts nothing"
    lab.operations("backup")
    assert lab.operations("gc")["broken"] == []
    wait_until(lab.takes_writes, "writes to be let in again", seconds=120)
    assert lab.registry.pulls(image)
    assert lab.up().changes == {}
