"""Where sockets and remembered credentials go, and which paths a host cannot have."""

from dataclasses import replace

import pytest
from dockyard.errors import DockyardError
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.facts import HostFacts, memory_dir
from dockyard.self_hosted.paths import LONGEST_SOCKET, instance_paths
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import read_settings

SETTINGS = read_settings({"domain": "localhost", "users": {"ci": {}}}, "test")
ROOT = HostFacts(True, True, "/run", "/state", "/usr/bin/python3")
USER = HostFacts(False, True, "/run/user/1000", "/home/u/p/.state", "/usr/bin/python3")
MOUNTS = [
    "/dev/sda1 / ext4 rw 0 0",
    "tmpfs /run tmpfs rw 0 0",
    "tmpfs /run/user/1000 tmpfs rw 0 0",
    "/dev/sdb1 /run/disk ext4 rw 0 0",
    "tmpfs /runner tmpfs rw 0 0",
]


@pytest.mark.parametrize(
    ("root", "runtime_dir", "mounts", "expected"),
    [
        (True, None, MOUNTS, "/run"),
        (True, "/run/user/0", MOUNTS, "/run"),
        (True, None, MOUNTS[:1], "/dev/shm"),
        (False, "/run/user/1000", MOUNTS, "/run/user/1000"),
        (False, "/run/user/7", MOUNTS, "/run/user/7"),
        (False, "/run/disk/u", MOUNTS, "/dev/shm"),
        (False, "/home/u", MOUNTS, "/dev/shm"),
        (False, None, MOUNTS, "/dev/shm"),
        (False, "", MOUNTS, "/dev/shm"),
        (True, None, [*MOUNTS, "/dev/sdc1 /run ext4 rw 0 0"], "/dev/shm"),
    ],
)
def test_the_memory_folder_is_on_memory(
    root: bool, runtime_dir: str | None, mounts: list[str], expected: str
) -> None:
    """The mount that was made last counts."""
    assert memory_dir(root, runtime_dir, mounts) == expected


def test_systemd_runs_what_root_configures_where_it_is_there() -> None:
    assert ROOT.runtime is Runtime.SYSTEMD
    assert replace(ROOT, systemd=False).runtime is Runtime.SUPERVISOR
    assert USER.runtime is Runtime.SUPERVISOR


def test_two_projects_of_a_user_share_no_folder() -> None:
    here, there = (
        instance_paths(replace(USER, state_dir=state), "x") for state in ("/a/.state", "/b/.state")
    )
    for name in ("etc", "data", "log", "run", "store"):
        assert getattr(here, name) != getattr(there, name)


def test_a_long_state_folder_does_not_lengthen_the_sockets() -> None:
    paths = instance_paths(replace(USER, state_dir="/home/" + "deep/" * 60), "x" * 40)
    assert len(paths.registry_socket) <= LONGEST_SOCKET


@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_socket_path_that_linux_cannot_have_is_refused(letter: str) -> None:
    """Linux counts bytes."""
    room = LONGEST_SOCKET - len("/dockyard-0123456789ab/registry/registry.sock")
    fits = "/" + letter * ((room - 1) // len(letter.encode()))
    render(Plan(SETTINGS, replace(USER, memory_dir=fits), "x"))
    with pytest.raises(DockyardError, match=r"^the path of the registry's socket is too long: /"):
        render(Plan(SETTINGS, replace(USER, memory_dir=fits + letter), "x"))


def test_the_longest_socket_is_the_one_that_is_checked() -> None:
    paths = instance_paths(USER, "x")
    assert len(paths.registry_socket) >= len(paths.password_socket)
    assert len(paths.registry_socket) >= len(f"{paths.run}/supervisor.sock")


@pytest.mark.parametrize("storage", ["/home/u/images", "/root/images", "/tmp/images", "/var/tmp/a/b"])
def test_a_store_that_units_cannot_see_is_refused(storage: str) -> None:
    settings = replace(SETTINGS, storage=storage)
    with pytest.raises(DockyardError) as caught:
        render(Plan(settings, ROOT, "x"))
    assert str(caught.value) == (
        f"storage: units of systemd have no access to {storage}\n"
        "hint: choose a folder outside /home, /root, /tmp and /var/tmp, such as /srv/registry"
    )
    render(Plan(settings, USER, "x"))
    render(Plan(settings, replace(ROOT, systemd=False), "x"))


def test_a_limit_that_nobody_would_keep_is_refused() -> None:
    limited = replace(SETTINGS, memory_limit="512M", cpu_limit=150)
    with pytest.raises(DockyardError) as caught:
        render(Plan(limited, USER, "x"))
    assert str(caught.value) == (
        "memory_limit, cpu_limit: supervisor cannot limit what a service uses\n"
        "hint: leave it out here; systemd, for root on a host that it runs, can, and Docker"
    )
    files = render(Plan(limited, ROOT, "x")).files
    for service in ("registry", "front"):
        unit = files[f"/etc/systemd/system/dockyard-x-{service}.service"].content
        assert "MemoryMax=512M\nCPUQuota=150%" in unit


def test_the_registry_s_unit_has_no_network_and_the_front_s_has() -> None:
    files = render(Plan(SETTINGS, ROOT, "x")).files
    units = {
        name: files[f"/etc/systemd/system/dockyard-x-{name}.service"].content
        for name in ("registry", "front")
    }
    for name, alone in (("registry", True), ("front", False)):
        assert ("PrivateNetwork=yes" in units[name]) is alone
        assert ("AF_INET" in units[name]) is not alone


def test_systemd_is_refused_where_it_cannot_be() -> None:
    named = replace(SETTINGS, runtime="systemd")
    for facts in (USER, replace(ROOT, systemd=False)):
        with pytest.raises(DockyardError) as caught:
            render(Plan(named, facts, "x"))
        assert str(caught.value) == (
            "runtime: systemd needs root and a host that systemd runs\n"
            'hint: leave `runtime` out, or set it to "supervisor"'
        )
