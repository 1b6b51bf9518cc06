"""What answers in Docker's place, and what is said where it cannot keep a registry."""

import os
import pwd
import socket
from pathlib import Path
from typing import Any

import pytest
from dockyard.errors import DockyardError
from dockyard.self_hosted.engine import Engine, Refusal, engine, lacking, limits, owner, refusal_of
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

from tests.support.instance import SETTINGS

US = os.geteuid()
WHO = pwd.getpwuid(US).pw_name
PODMAN = Engine("podman", "4.3.1", 0, "2")
OWN = PODMAN._replace(owner=1234)
DOCKER = Engine("Docker", "28.0", 0, "2")
HOME = {"HOME": "/home/somebody", "PATH": "/usr/bin"}


def machine(folder: Path, *paths: str) -> Path:
    """The root of a file system with these files; a folder ends in a slash."""
    for path in paths:
        place = folder / path
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.touch()
    return folder


INIT = "usr/libexec/podman/catatonit"
SYSTEMD = "run/systemd/system/"
AT_BOOT = "etc/systemd/system/default.target.wants/podman-restart.service"


def refused(found: Engine, host: Path) -> Refusal:
    refusal = refusal_of(found, HOME, host)
    assert refusal is not None
    return refusal


def test_who_listens_on_a_socket_is_known(tmp_path: Path) -> None:
    path = f"{tmp_path}/x.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert owner(path) == US
        version = {"Server": {"Components": [{"Name": "Podman Engine"}]}}
        found = engine({"ServerVersion": "4.3.1", "CgroupVersion": "1"}, version, path)
    assert found == Engine("podman", "4.3.1", US, "1")
    with pytest.raises(OSError, match="refused"):
        owner(path)


def test_docker_and_podman_of_root_are_taken(tmp_path: Path) -> None:
    assert refusal_of(DOCKER, HOME, tmp_path) is None
    assert refusal_of(PODMAN, HOME, machine(tmp_path, INIT, SYSTEMD, AT_BOOT)) is None
    assert lacking(PODMAN, tmp_path) == lacking(DOCKER, tmp_path) == ""


@pytest.mark.parametrize(
    ("there", "version", "reason", "hint"),
    [
        ([INIT], "3.4.4", "podman 3.4.4 is too old", "4.3 or newer"),
        ([], "4.3.1", "podman's init program is not installed: catatonit", "apt-get install catatonit"),
        ([INIT, SYSTEMD], "5.4.2", "podman starts no container at boot", "systemctl enable podman-restart"),
    ],
)
def test_what_podman_misses_is_named(
    tmp_path: Path, there: list[str], version: str, reason: str, hint: str
) -> None:
    found = refused(PODMAN._replace(version=version), machine(tmp_path, *there))
    assert found.reason.startswith(reason)
    assert hint in found.hint


def test_podman_s_init_program_may_be_on_the_path(tmp_path: Path) -> None:
    assert refusal_of(PODMAN, HOME, machine(tmp_path, "usr/bin/catatonit")) is None


def test_an_engine_of_another_user_is_refused(tmp_path: Path) -> None:
    """His containers could not read what belongs to this one."""
    other = 4321 if US != 4321 else 4322
    for found in (PODMAN, DOCKER):
        refusal = refused(found._replace(owner=other), machine(tmp_path, INIT))
        assert refusal.reason.startswith(f"{found.name} is run by {other}, ")
        assert refusal.hint == f"run dockyard as {other}, or start {found.name} as root"


class TestOfAUser:
    """Of the one that runs this."""

    @pytest.fixture(autouse=True)
    def _ordinary(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: OWN.owner)

    def test_podman_has_to_outlive_him_and_a_boot(self, tmp_path: Path) -> None:
        host = machine(tmp_path, INIT, SYSTEMD)
        assert refused(OWN, host).hint == "systemctl --user enable podman-restart.service"
        machine(tmp_path, "home/somebody/.config/systemd/user/default.target.wants/podman-restart.service")
        assert refused(OWN, host).hint == "loginctl enable-linger 1234"
        machine(tmp_path, "var/lib/systemd/linger/1234")
        assert refusal_of(OWN, HOME, host) is None

    def test_docker_has_a_network_of_its_own(self, tmp_path: Path) -> None:
        refusal = refused(DOCKER._replace(owner=OWN.owner), tmp_path)
        assert refusal.reason.startswith("rootless Docker has a network of its own")
        assert "podman" in refusal.hint


@pytest.mark.parametrize(
    ("cgroups", "controllers", "kept"),
    [
        ("2", "cpu memory pids", True),
        ("2", "cpuset cpu io memory pids", True),
        ("2", "memory pids", False),
        ("2", None, False),
        ("1", "cpu memory pids", False),
    ],
)
def test_a_user_can_limit_what_was_delegated_to_him(
    tmp_path: Path, cgroups: str, controllers: str | None, kept: bool
) -> None:
    host = machine(tmp_path, SYSTEMD)
    if controllers is not None:
        group = tmp_path / "sys/fs/cgroup/user.slice/user-1234.slice/user@1234.service"
        group.mkdir(parents=True)
        (group / "cgroup.controllers").write_text(controllers + "\n")
    found = OWN._replace(cgroups=cgroups)
    assert limits(found, host) == kept
    assert lacking(found, host) == (
        "" if kept else "can limit nothing: this host leaves this user no cgroups"
    )
    assert limits(PODMAN._replace(cgroups=cgroups), host), "root can"


def test_without_systemd_podman_is_not_taken_unasked(tmp_path: Path) -> None:
    assert "by systemd, which does not run this machine" in lacking(PODMAN, tmp_path)
    assert lacking(DOCKER, tmp_path) == ""


def unlimited(**settings: Any) -> Plan:
    facts = HostFacts(
        root=False,
        systemd=False,
        memory_dir="/dev/shm",
        state_dir="/home/somebody/yard/.state",
        python="/usr/bin/python3",
        limits=False,
    )
    return Plan(read_settings({**SETTINGS, "runtime": "compose", **settings}, "it"), facts, "main")


def test_no_limit_is_written_that_nobody_keeps() -> None:
    plan = unlimited()
    text = render(plan).files[f"{plan.paths.etc}/compose.yaml"].content
    assert "read_only: true" in text
    assert not [word for word in ("mem_limit", "memswap_limit", "cpus:", "pids_limit") if word in text]


@pytest.mark.parametrize("setting", [{"memory_limit": "1G"}, {"cpu_limit": 50}])
def test_a_limit_that_nobody_keeps_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(DockyardError, match="cannot be limited") as error:
        render(unlimited(**setting))
    assert next(iter(setting)) in str(error.value)
    assert "Delegate=" in str(error.value)
