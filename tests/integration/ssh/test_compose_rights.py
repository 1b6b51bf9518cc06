"""Whom the Docker of another host obeys, which Docker that is, and what is said where there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dockyard.errors import DockyardError
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.far_facts import far_facts
from dockyard.self_hosted.settings import read_settings

from tests.support.docker import IMAGES
from tests.support.far_composed import far_composed
from tests.support.far_docker import PLUGINS, FarDaemon
from tests.support.far_host import FarHost
from tests.support.instance import wait_until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.compose,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("far-docker"),
]


def asked(
    host: FarHost, user: str, target: dict[str, Any] | None = None, **more: Any
) -> tuple[HostFacts, str]:
    """What the host tells of itself for a new registry, and what is said of that."""
    values = {"domain": host.address, "listen": [host.address], "users": {"ci": {}}, "images": IMAGES}
    values["target"] = host.target(user, **(target or {}))
    settings = read_settings({**values, **more}, "test")
    said: list[str] = []
    assert settings.target
    found = far_facts(settings, settings.target, "new", said.append)
    return found, "\n".join(said)


@contextmanager
def moved(host: FarHost, *paths: str) -> Iterator[None]:
    """Files are elsewhere for a while."""
    for path in paths:
        host.run("mv", path, f"{path}.aside")
    try:
        yield
    finally:
        for path in paths:
            host.run("mv", f"{path}.aside", path)


def test_a_new_registry_takes_docker_where_that_host_s_can_run_it(far_daemon: FarDaemon) -> None:
    host = far_daemon.there
    found, said = asked(host, "root")
    assert (found.docker, found.systemd) == (True, False)
    assert said == f"runtime on root@{host.address}:22: compose, because a Docker daemon answers"
    other = {**IMAGES, "nginx": "registry.invalid/nginx:1"}
    for user, more, reason in (
        ("plain", {}, "the Docker daemon does not answer: "),
        (
            "root",
            {"images": other},
            "the image registry.invalid/nginx:1 is neither on this host nor to be had",
        ),
        ("root", {"program": "/usr/local/bin/registry"}, "it cannot keep program"),
    ):
        found, said = asked(host, user, **more)
        assert not found.docker
        assert f"not compose: {reason}" in said


def test_a_registry_that_is_there_keeps_what_runs_it(far_daemon: FarDaemon) -> None:
    host = far_daemon.there
    for name, docker in (("ops/config.json", False), ("compose.yaml", True)):
        host.run("install", "-D", "/dev/null", f"/etc/dockyard/new/{name}")
        found, said = asked(host, "deploy", {"sudo": True})
        assert (found.docker, said) == (docker, "")
    host.run("rm", "-r", "/etc/dockyard/new")


def test_the_docker_is_that_which_the_host_s_own_context_names(far_daemon: FarDaemon) -> None:
    """This machine's DOCKER_HOST leads nowhere, in all of these tests."""
    host, socket = far_daemon.there, "/run/docker.sock"
    with moved(host, socket):
        assert "the Docker daemon does not answer" in asked(host, "root")[1]
        far_daemon.said("context", "create", "elsewhere", "--docker", f"host=unix://{socket}.aside")
        far_daemon.said("context", "use", "elsewhere")
        found, said = asked(host, "deploy", {"sudo": True})
        assert found.docker, said
        far_daemon.said("context", "use", "default")


def refused(up: Callable[[], object]) -> str:
    with pytest.raises(DockyardError) as error:
        up()
    return str(error.value)


def test_without_docker_or_its_plugin_nothing_is_changed_and_nothing_installed(
    far_daemon: FarDaemon, tmp_path: Path
) -> None:
    host, lab = far_daemon.there, far_composed(far_daemon, tmp_path)
    with moved(host, f"{PLUGINS}/docker-compose"):
        said = refused(lab.up)
        assert "runtime: the plugin `docker compose` is not installed" in said
        assert "docker-compose-v2 with Ubuntu" in said
    with moved(host, *set(host.run("sh", "-c", "readlink -f $(which -a docker)").split())):
        said = refused(lab.up)
        assert "runtime: the program docker is not installed" in said
        assert "install it (dockyard does not)" in said
    assert not lab.path("/etc/dockyard/far").exists()


def test_an_ordinary_user_needs_the_group_docker_and_hears_what_that_is(
    far_daemon: FarDaemon, tmp_path: Path
) -> None:
    host = far_daemon.there
    lab = far_composed(far_daemon, tmp_path, target=host.target("plain"))
    said = refused(lab.up)
    assert "permission denied" in said
    assert "a user of the group docker, who is root by another name" in said
    assert not host.path("/home/plain/.local").exists()
    host.run("usermod", "--append", "--groups", "docker", "plain")
    try:
        assert asked(host, "plain")[1].endswith("whoever may ask it is root by another name")
        with lab.cleared():
            lab.up()
            assert lab.up().changes == {}
            wait_until(lab.instance.answers, "the front to answer")
            own = int(host.run("id", "-u", "plain"))
            users = {lab.container(name)["Config"]["User"].partition(":")[0] for name in lab.ids()}
            assert users == {str(own)}
            lab.push("team/app", "v1", b"by nobody special")
    finally:
        host.run("gpasswd", "--delete", "plain", "docker")


def test_a_host_that_cannot_be_asked_is_named_with_what_asks_nobody(far_daemon: FarDaemon) -> None:
    host = far_daemon.there
    said = refused(lambda: asked(host, "root", {"port": 1}))
    assert f"root@{host.address}:1: TCP: " in said
    assert 'with runtime "systemd" or "supervisor" the host is not asked' in said
    found, said = asked(host, "root", {"port": 1}, runtime="supervisor")
    assert (found.docker, said) == (False, "")
