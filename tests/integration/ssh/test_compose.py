"""A registry in containers on another host, from a clone by its own commands."""

import shutil
from pathlib import Path

import pytest

from tests.support.docker import IMAGES
from tests.support.far_clone import FarClone, see_every_operation
from tests.support.far_docker import FarDaemon
from tests.support.far_host import PASSWORD

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("far-docker"),
]


@pytest.fixture(scope="module")
def clone(far_daemon: FarDaemon, tmp_path_factory: pytest.TempPathFactory) -> FarClone:
    """As a user whose sudo asks for a password; what runs it is left to the host. The last test takes it away."""
    folder = tmp_path_factory.mktemp("far")
    made = FarClone(folder, far_daemon.there, "asked", sudo=True, sudo_password=PASSWORD)
    made.settings |= {"runtime": "auto", "images": IMAGES, "port": 9443}
    made.previewed = made.dockyard("preview", "-s", "local")
    made.first = made.dockyard("up", "-s", "local", "--yes")
    return made


def containers(clone: FarClone, daemon: FarDaemon) -> dict[str, str]:
    """Service -> container, of those that run."""
    project = f"label=com.docker.compose.project=dockyard-{clone.name}-local"
    columns = '{{.Label "com.docker.compose.service"}} {{.ID}}'
    listed = daemon.said("container", "ls", "--filter", project, "--format", columns)
    return dict(line.split() for line in listed.splitlines())


def test_the_host_is_asked_what_runs_it_and_says_so(clone: FarClone) -> None:
    said = f"runtime on asked@{clone.host.address}:22: compose, because a Docker daemon answers"
    assert said in clone.previewed.stderr
    assert "10 to create" in clone.previewed.stderr
    assert said in clone.first.stderr
    assert "(runtime: compose)" in clone.first.stdout
    assert clone.first.stdout.count("  ok ") == 6
    for line in ("made account dockyard", "started container-registry", "started container-front"):
        assert f"  {line}\n" in clone.first.stderr


def test_a_second_up_changes_nothing_and_keeps_what_runs_it(clone: FarClone, far_daemon: FarDaemon) -> None:
    before = containers(clone, far_daemon)
    assert set(before) == {"registry", "front"}
    said = clone.up()
    assert "no changes" in said
    assert "runtime on" not in said
    assert containers(clone, far_daemon) == before


def test_drift_of_files_and_containers_is_shown_found_and_mended(
    clone: FarClone, far_daemon: FarDaemon
) -> None:
    file = clone.host.path(f"/etc/dockyard/{clone.name}-local/compose.yaml")
    good = file.read_bytes()
    file.write_bytes(good + b"# edited\n")
    far_daemon.said("container", "rm", "--force", containers(clone, far_daemon)["front"])
    previewed = clone.dockyard("preview", "-s", "local").stderr
    refreshed = clone.dockyard("refresh", "-s", "local", "--yes").stderr
    for said in (previewed, refreshed):
        assert "compose.yaml was edited" in said
        assert "service container-front does not run" in said
    assert "started container-front" in clone.up()
    assert file.read_bytes() == good
    assert "no changes" in clone.up()


@pytest.mark.skipif(not shutil.which("restic"), reason="not installed: restic")
def test_every_operation_runs_there(clone: FarClone) -> None:
    see_every_operation(clone)


def test_destroy_leaves_the_images_alone(clone: FarClone, far_daemon: FarDaemon) -> None:
    """The last test of this file."""
    clone.dockyard("destroy", "-s", "local", "--yes")
    assert containers(clone, far_daemon) == clone.services() == {}
    for path in ("/etc/dockyard", "/var/log/dockyard", "/run/dockyard", "/var/cache/dockyard"):
        assert not clone.host.path(path).exists(), path
    data: Path = clone.host.path(f"/var/lib/dockyard/{clone.name}-local")
    assert (data / "registry/docker").is_dir()
