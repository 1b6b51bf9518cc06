"""When Docker may run a registry, and what is said where it may not."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dockyard.self_hosted.choice import ANSWERS, ANSWERS_A_USER, Choice, choose
from dockyard.self_hosted.docker import refusal
from dockyard.self_hosted.engine import Refusal

INFO: dict[str, Any] = {
    "ServerVersion": "27.1",
    "OSType": "linux",
    "OperatingSystem": "Debian GNU/Linux 12",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "ClientInfo": {"Plugins": [{"Name": "compose", "Version": "v2.29.1"}]},
}
VERSION = {"Server": {"Components": [{"Name": "Engine"}]}}
UNIX = "unix://{folder}/docker.sock"


class Host:
    """A folder with a program `docker` that answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
        self.images = ""

    def says(
        self, info: object, version: object = VERSION, endpoint: str = UNIX, complaint: str = ""
    ) -> None:
        for name, text in {
            "info": json.dumps(info),
            "version": json.dumps(version),
            "context": endpoint.format(folder=self.folder),
        }.items():
            (self.folder / f"{name}.txt").write_text(text)
        docker = self.folder / "docker"
        here = f"cd {self.folder}"
        docker.write_text(
            f"#!/bin/sh\n{here}\necho '{complaint}' >&2\n"
            f'case $1 in image|manifest) exec grep -qx "$1 $3" known;; *) exec cat $1.txt;; esac\n'
        )
        docker.chmod(0o755)
        (self.folder / "known").write_text(self.images)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Its socket is this user's."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{tmp_path}/docker.sock")
        server.listen(64)
        yield Host(tmp_path)


def test_a_daemon_that_answers_is_taken(host: Host) -> None:
    host.says(INFO)
    assert refusal(host.environment) is None


@pytest.mark.parametrize(
    ("info", "version", "endpoint", "reason"),
    [
        (
            {**INFO, "ServerVersion": ""},
            VERSION,
            UNIX,
            "the Docker daemon does not answer: permission denied",
        ),
        (
            {**INFO, "ClientInfo": {"Plugins": []}},
            VERSION,
            UNIX,
            "the plugin `docker compose` is not installed",
        ),
        (
            {**INFO, "ClientInfo": {"Plugins": [{"Name": "compose", "Version": "1.29.2"}]}},
            *(VERSION, UNIX, "the plugin `docker compose` is not installed"),
        ),
        ({**INFO, "SecurityOptions": ["name=userns"]}, VERSION, UNIX, "the daemon remaps users"),
        ({**INFO, "OperatingSystem": "Docker Desktop"}, VERSION, UNIX, "Docker runs in a machine of its own"),
        ({**INFO, "OSType": "windows"}, VERSION, UNIX, "Docker runs in a machine of its own"),
        (INFO, VERSION, "unix:///nonexistent", "docker gives no usable answer: FileNotFoundError"),
        ({"host": {}, "store": {}}, VERSION, UNIX, "the program docker is podman's"),
        (INFO, VERSION, "ssh://host", "docker speaks to another machine: ssh://host"),
        (INFO, VERSION, "tcp://127.0.0.1:2375", "docker speaks to another machine"),
    ],
)
def test_what_cannot_run_it_is_named(
    host: Host, info: object, version: object, endpoint: str, reason: str
) -> None:
    host.says(info, version, endpoint, "permission denied")
    found = refusal(host.environment)
    assert found is not None
    assert found.reason.startswith(reason)
    assert found.hint


def test_a_daemon_of_others_names_the_group(host: Host) -> None:
    host.says({**INFO, "ServerVersion": ""}, complaint="permission denied while trying to connect")
    found = refusal(host.environment)
    assert found is not None
    assert "as a user of the group docker, who is root by another name" in found.hint


@pytest.mark.parametrize(
    ("where", "start"),
    [
        ("/var/run/docker.sock", "docker"),
        ("/run/podman/podman.sock", "enable --now podman.socket"),
        ("/run/user/1000/podman/podman.sock", "--user enable --now podman.socket"),
    ],
)
def test_what_has_to_be_started_is_named(host: Host, where: str, start: str) -> None:
    host.says({**INFO, "ServerVersion": ""}, complaint=f"Cannot connect to unix://{where}")
    found = refusal(host.environment)
    assert found is not None
    assert found.hint.startswith("start it: systemctl ")
    assert found.hint.endswith(start)


def test_a_machine_without_docker_is_told_so(tmp_path: Path) -> None:
    assert refusal({"PATH": str(tmp_path)}) == Refusal(
        "the program docker is not installed",
        'install it (dockyard does not), or set runtime to "systemd" or "supervisor"',
    )


@pytest.mark.parametrize(("user", "reason"), [(0, ANSWERS), (1000, ANSWERS_A_USER)])
def test_a_new_registry_takes_docker_where_it_answers_and_has_the_images(
    host: Host, tmp_path: Path, user: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary user whom Docker obeys is told what that is worth."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    host.images = "image registry:2\nmanifest nginx:1\n"
    host.says(INFO)
    chosen = choose(str(tmp_path / "etc"), ["registry:2", "nginx:1"], environment=host.environment)
    assert chosen == Choice(True, reason)


def test_a_host_that_cannot_have_the_images_is_told_why_it_takes_others(host: Host, tmp_path: Path) -> None:
    host.images = "image registry:2\n"
    host.says(INFO)
    chosen = choose(str(tmp_path / "etc"), ["registry:2", "nginx:1"], environment=host.environment)
    assert chosen == Choice(
        False, "not compose: the image nginx:1 is neither on this host nor to be had from it"
    )


def test_a_docker_that_cannot_be_used_is_named_and_one_that_is_not_there_is_not(
    host: Host, tmp_path: Path
) -> None:
    host.says({**INFO, "SecurityOptions": ["name=userns"]})
    assert "remaps users" in choose(str(tmp_path / "etc"), [], environment=host.environment).reason
    assert choose(str(tmp_path / "etc"), [], environment={"PATH": "/nowhere"}) == Choice(False, "")


def test_a_new_registry_with_what_docker_cannot_keep_takes_something_else(tmp_path: Path, host: Host) -> None:
    host.says(INFO)
    chosen = choose(str(tmp_path / "etc"), [], environment=host.environment, beyond="program")
    assert chosen == Choice(False, "not compose: it cannot keep program")


@pytest.mark.parametrize(("there", "docker"), [("compose.yaml", True), ("ops/config.json", False)])
def test_a_registry_that_is_there_keeps_what_runs_it(
    host: Host, tmp_path: Path, there: str, docker: bool
) -> None:
    """Whatever has been installed, or has stopped, since: Docker is not even asked."""
    host.says(INFO if not docker else {})
    (tmp_path / "etc" / there).parent.mkdir(parents=True)
    (tmp_path / "etc" / there).touch()
    assert choose(str(tmp_path / "etc"), ["x:1"], environment=host.environment) == Choice(docker)
