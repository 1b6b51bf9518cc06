"""From one runtime to the other and back, and what is said when containers cannot be had or do not run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dockyard.errors import DockyardError

from tests.support.composed import Composed, composed
from tests.support.docker import IMAGES, Daemon
from tests.support.instance import wait_until
from tests.support.processes import kill_below_this_one

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("docker"),
]


@pytest.fixture(scope="module")
def other(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """A registry that supervisord runs, on the way to Docker."""
    with composed(daemon, tmp_path_factory.mktemp("other"), runtime="supervisor").cleared() as made:
        del made.settings["images"]
        made.up()
        yield made


def test_a_registry_moves_into_containers_and_back_with_its_images(other: Composed) -> None:
    image = other.push("team/app", "v1", b"moves")
    other.up(runtime="compose", images=IMAGES)
    assert set(other.ids()) == {"registry", "front"}
    wait_until(other.instance.answers, "the front to answer")
    assert other.registry.pulls(image)
    assert other.up().changes == {}
    del other.settings["images"]
    other.up(runtime="supervisor")
    assert other.ids() == {}
    assert not (Path(other.plan.paths.etc) / ".env").exists()
    wait_until(other.instance.answers, "the front to answer")
    assert other.registry.pulls(image)
    assert other.up().changes == {}


def test_an_image_that_cannot_be_had_is_named_and_what_runs_goes_on(lab: Composed) -> None:
    before = lab.starts()
    said = lab.refused(images={**IMAGES, "nginx": "registry.invalid/nginx:1.30.5"})
    assert "the image registry.invalid/nginx:1.30.5 is not on this host and cannot be pulled" in said
    assert "docker load" in said
    assert lab.starts() == before
    assert lab.instance.answers()
    assert lab.up().changes == {}


def test_an_image_that_does_not_run_is_told_before_anything_changes(lab: Composed, daemon: Daemon) -> None:
    daemon.said("run", "--name=broken", "--network=none", IMAGES["registry"], "/bin/sh", "-c", SABOTAGE)
    daemon.said("commit", "broken", "broken:1")
    daemon.said("rm", "broken")
    said = lab.refused(images={**IMAGES, "registry": "broken:1"})
    assert "images/registry: broken:1 cannot be run: this registry does not start" in said
    assert lab.up().changes == {}


SABOTAGE = "printf '#!/bin/sh\\necho this registry does not start >&2\\nexit 1\\n' > /bin/registry"


def test_without_a_daemon_nothing_is_changed_and_the_next_up_goes_on(lab: Composed, daemon: Daemon) -> None:
    daemon.end()
    try:
        said = lab.refused()
        assert "the Docker daemon does not answer" in said
        assert "systemctl start docker" in said
    finally:
        daemon.start()
    lab.up()
    wait_until(lab.instance.answers, "the registry to answer")
    assert lab.up().changes == {}


@pytest.mark.parametrize("moment", ["writing files", "starting containers", "waiting for the services"])
def test_an_up_that_is_killed_is_finished_by_the_next(lab: Composed, moment: str) -> None:
    image = lab.push("team/cut", moment.partition(" ")[0], moment.encode() * 1000)
    inputs = lab.inputs(cpu_limit=90)
    call = replace(lab.call, log=lambda text, _: kill_worker() if text == moment else None)
    with pytest.raises(DockyardError, match="SIGKILL"):
        lab.host.update(call, lab.id, lab.outputs, inputs, preview=False)
    lab.up(cpu_limit=90)
    assert lab.registry.pulls(image)
    assert {lab.container(name)["HostConfig"]["NanoCpus"] for name in lab.ids()} == {900_000_000}
    assert lab.up().changes == {}
    del lab.settings["cpu_limit"]
    lab.up()


def kill_worker() -> None:
    """That of this process."""
    kill_below_this_one("/worker/__main__.py")
