"""Containers on another host, after whatever happens on the way: the next `up` finishes, and nothing pushed is lost."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from dockyard.errors import DockyardError

from tests.support.docker import IMAGES, PROGRAMS
from tests.support.far_composed import FarComposed, far_composed
from tests.support.far_docker import FarDaemon
from tests.support.far_host import FarHost
from tests.support.images import Image
from tests.support.instance import wait_until
from tests.support.processes import held_below_this_one

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("far-docker"),
]


@pytest.fixture(scope="module")
def lab(far_daemon: FarDaemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarComposed]:
    """A registry that is up, and whose user is root there."""
    folder = tmp_path_factory.mktemp("faults")
    with far_composed(far_daemon, folder, target=far_daemon.there.target()).cleared() as made:
        made.up()
        yield made


@pytest.fixture
def image(lab: FarComposed, request: pytest.FixtureRequest) -> Image:
    """Pushed before anything happens."""
    return lab.push("team/kept", str(abs(hash(request.node.name))), request.node.name.encode() * 1000)


def disturbed(lab: FarComposed, what: Callable[[], object], cores: int) -> str:
    """What an `up` with another limit says, which fails because of what happens before it changes the containers.

    What may happen before, and what is in files, the tests of other bundles show.
    """
    done: list[object] = []

    def log(text: str, _: bool) -> None:
        if text == "starting containers" and not done:
            with held_below_this_one("worker/__main__.py"):
                done.append(what())

    inputs = lab.inputs(cpu_limit=cores)
    with pytest.raises(DockyardError) as caught:
        lab.host.update(replace(lab.call, log=log), lab.id, lab.outputs, inputs, preview=False)
    assert done
    return str(caught.value)


def finished(lab: FarComposed, image: Image, cores: int) -> None:
    """The next `up` does all that is left to do."""
    lab.up(cpu_limit=cores)
    assert {lab.container(name)["HostConfig"]["NanoCpus"] for name in lab.ids()} == {cores * 10_000_000}
    assert lab.up().changes == {}
    assert lab.registry.pulls(image)


def test_a_connection_that_is_cut(lab: FarComposed, image: Image) -> None:
    said = disturbed(lab, lab.there.cut, 81)
    assert "connection to the host was lost" in said
    finished(lab, image, 81)


def test_a_docker_that_ends_on_the_way(lab: FarComposed, image: Image) -> None:
    said = disturbed(lab, lab.daemon.end, 82)
    assert "docker compose failed" in said
    assert "Cannot connect to the Docker daemon" in said
    with pytest.raises(DockyardError, match="the Docker daemon does not answer"):
        lab.up(cpu_limit=82)
    lab.daemon.start()
    finished(lab, image, 82)


def test_a_docker_that_is_killed_comes_back_with_the_registry(lab: FarComposed, image: Image) -> None:
    def pulls() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return lab.registry.pulls(image)
        return False

    lab.daemon.kill()
    lab.daemon.start()
    wait_until(pulls, "the registry to come back", seconds=120)
    assert lab.up().changes == {}


def limit(host: FarHost, free: int) -> None:
    """The room of the host's disk: what is on it, and so many bytes more."""

    def resized() -> bool:
        """What runs there may have written meanwhile: then it is too small."""
        used = int(host.run("df", "--block-size=1", "--output=used", "/").splitlines()[-1])
        inside = ["nsenter", f"--target={host.holder.pid}", "--mount"]
        command = [*inside, "mount", "-o", f"remount,size={used + free}", str(host.folder / "disk")]
        return not subprocess.run(command, capture_output=True).returncode

    wait_until(resized, "the disk to have its room")


def test_a_disk_that_is_full(lab: FarComposed, image: Image) -> None:
    try:
        said = disturbed(lab, lambda: limit(lab.there, 0), 83)
        assert "o space left on device" in said
    finally:
        limit(lab.there, 2 << 30)
    finished(lab, image, 83)


def test_the_log_of_a_container_that_does_not_run_is_shown(lab: FarComposed, tmp_path: Path) -> None:
    """It passes the look that is taken at it beforehand."""
    broken = tmp_path / "nginx"
    broken.write_text('#!/bin/sh\n[ "$1" != -t ] || exit 0\necho this front does not start >&2\nexit 1\n')
    lab.daemon.load("broken:1", {**PROGRAMS["nginx"], "/usr/sbin/nginx": str(broken)})
    kept = dict(lab.settings)
    with pytest.raises(DockyardError) as refused:
        lab.up(images={**IMAGES, "nginx": "broken:1"})
    lab.settings = kept
    assert "the end of the log of container-front:\n      this front does not start" in str(refused.value)
    lab.up()
    assert lab.up().changes == {}


def test_a_host_that_boots_anew(lab: FarComposed, image: Image) -> None:
    """Without systemd, nobody makes the folders below /run before Docker starts its containers."""
    lab.there.reboot()
    lab.daemon.wait()
    assert lab.up().changes
    assert lab.up().changes == {}
    assert lab.registry.pulls(image)
