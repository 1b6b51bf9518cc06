"""The setting `target`: what is asked for, refused, and known without the host."""

import re
from typing import Any

import pytest
from dockyard.errors import ProblemsError
from dockyard.resources.inputs import host_inputs
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.render import Plan, render
from dockyard.self_hosted.settings import Settings, read_settings
from dockyard.self_hosted.target import connection, recorded_target, ssh_facts

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIf5ZrsvvH0f6vvC+oFiv0pWhocFaLoIotp60s3UrK0O"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----\n"
SSH: dict[str, Any] = {"host": "h.example.com", "user": "root", "host_key": KEY}


def settings(ssh: dict[str, Any], **more: Any) -> Settings:
    values = {
        "domain": "registry.example.com",
        "listen": ["0.0.0.0"],
        "users": {"ci": {}},
        "target": {"ssh": {**SSH, **ssh}},
    }
    return read_settings({**values, **more}, "registry 'x'")


def plan(ssh: dict[str, Any], runtime: str = "auto", **more: Any) -> Plan:
    found = settings(ssh, runtime=runtime, **more)
    assert found.target
    return Plan(found, ssh_facts(found.target, runtime), "main")


@pytest.mark.parametrize(
    ("ssh", "problem", "hint"),
    [
        ({"host_key": ""}, "target/ssh/host_key: is required", "ssh-keyscan -t ed25519 h.example.com"),
        (
            {"host_key": "", "port": 2222},
            "target/ssh/host_key: is required",
            "anybody on the way could have answered",
        ),
        ({"host_key": "SHA256:x"}, "target/ssh/host_key: is no public host key: 'SHA256:x'", "compare"),
        ({"host": ""}, "target/ssh/host: is required", "the name or address"),
        ({"user": ""}, "target/ssh/user: is required", "root, or a user with `sudo`"),
        ({"host": "a b"}, "target/ssh/host: is no host: 'a b'", ""),
        ({"sudo": True}, "target/ssh/sudo: root needs none", "leave it out"),
        ({"sudo_password": "p"}, "target/ssh/sudo_password: is for sudo", "set `sudo: true`"),
        ({"state_dir": "/srv/x"}, "target/ssh/state_dir: is for a user without root", "leave it out"),
        ({"user": "me", "state_dir": "~/x"}, "target/ssh/state_dir: is no absolute path", ""),
        ({"python": "python3"}, "target/ssh/python: is no absolute path", ""),
        ({"key": PEM.replace("OPENSSH", "ENCRYPTED")}, "target/ssh/key: has a passphrase", "ssh-add"),
        ({"key": "some\ntext"}, "target/ssh/key: is neither a path nor a private key", ""),
        ({"key": "keys/id"}, "target/ssh/key: is no absolute path: 'keys/id'", "such as ~/.ssh/id_ed25519"),
        ({"hostname": "x"}, "target/ssh/hostname: unknown key", ""),
        ({"jump": {"host": "j", "user": "u"}}, "target/ssh/jump/host_key: is required", "ssh-keyscan"),
        ({"connect_timeout": 0}, "target/ssh/connect_timeout: must be between 1 and 600", ""),
    ],
)
def test_bad_input_is_named_with_a_hint(ssh: dict[str, Any], problem: str, hint: str) -> None:
    with pytest.raises(ProblemsError) as refused:
        settings(ssh)
    assert f"\n  {problem}" in str(refused.value)
    assert hint in str(refused.value)


def test_loopback_of_another_host_reaches_nobody() -> None:
    with pytest.raises(ProblemsError, match="listen: on another host, loopback is reached from nowhere else"):
        settings({}, listen=["127.0.0.1", "::1"])
    assert settings({}, listen=["127.0.0.1"], domain="localhost").target


def test_a_registry_is_on_one_host() -> None:
    with pytest.raises(ProblemsError, match="target/ssh: a registry is on one host"):
        settings({}, target={"ssh": SSH, "local": {}})


def test_root_and_sudo_have_the_system_s_folders_and_systemd() -> None:
    for ssh in ({}, {"user": "deploy", "sudo": True}):
        bundle = render(plan(ssh))
        assert bundle.runtime is Runtime.SYSTEMD
        assert "/etc/dockyard/main/front/nginx.conf" in bundle.files
        assert "supervisor" not in bundle.packages


def test_supervisor_of_another_host_is_its_distribution_s() -> None:
    bundle = render(plan({}, "supervisor"))
    assert "supervisor" in bundle.packages
    assert "supervisor" in bundle.package_services
    assert "/usr/bin/supervisord" in bundle.requires.binaries
    assert bundle.supervisor
    assert "/usr/bin/python3" in bundle.files[bundle.supervisor].content
    own = render(plan({"python": "/opt/v/bin/python"}, "supervisor"))
    assert "supervisor" not in own.packages
    assert "/opt/v/bin/supervisord" in own.requires.binaries


def test_a_user_without_root_has_a_home_folder() -> None:
    bundle = render(plan({"user": "me"}))
    assert (bundle.runtime, bundle.packages, bundle.accounts) == (Runtime.SUPERVISOR, (), ())
    assert "/home/me/.local/state/dockyard/main/etc/front/nginx.conf" in bundle.files
    assert all(path.startswith(("/home/me/", "/dev/shm/")) for path in bundle.directories)
    elsewhere = render(plan({"user": "me", "state_dir": "/data/me"}))
    assert "/data/me/main/etc/front/nginx.conf" in elsewhere.files


def test_secrets_are_wrapped_and_paths_are_not() -> None:
    target = settings({"user": "me", "sudo": True, "sudo_password": "hush", "key": PEM}).target
    assert "hush" not in repr(target)
    assert PEM not in repr(target)
    ssh = connection(target, lambda text: ("secret", text))["ssh"]
    assert (ssh["sudoPassword"], ssh["key"]) == (("secret", "hush"), ("secret", PEM))
    given = {"ssh": {**SSH, "key": PEM, "sudo_password": "hush", "jump": {"key": PEM}}}
    recorded = recorded_target(given, lambda text: "wrapped")
    assert recorded["ssh"] == {
        **SSH,
        "key": "wrapped",
        "sudo_password": "wrapped",
        "jump": {"key": "wrapped"},
    }
    path = connection(settings({"key": "/home/me/.ssh/id"}).target, lambda text: ("secret", text))
    assert path["ssh"]["key"] == "/home/me/.ssh/id"


RPM = {"packages": "dnf", "python": "/usr/bin/python3.11"}
PROGRAM = "/usr/local/bin/registry"


def test_a_host_of_rpms_has_what_is_no_package_named() -> None:
    bundle = render(
        plan(
            RPM,
            program=PROGRAM,
            backup={"repository": "/srv/backup"},
            firewall={"allow_from": ["10.0.0.0/8"]},
        )
    )
    assert (bundle.package_manager, bundle.packages) == ("dnf", ("nginx", "restic", "nftables"))
    assert bundle.registry is not None
    assert (bundle.registry.program, bundle.registry.own) == (PROGRAM, True)
    unit = bundle.files["/etc/systemd/system/dockyard-main-registry.service"].content
    assert '"/usr/bin/python3.11"' in unit
    assert host_inputs(bundle, str)["packageManager"] == "dnf"
    assert "packageManager" not in host_inputs(render(plan({})), str)


@pytest.mark.parametrize(
    ("ssh", "problem"),
    [
        ({"python": "python3"}, "target/ssh/python: is no absolute path"),
        ({"packages": "yum"}, "target/ssh/packages: must be one of apt, dnf, got 'yum'"),
    ],
)
def test_what_rpms_cannot_have_is_refused(ssh: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProblemsError, match=re.escape(problem)):
        settings({**RPM, **ssh}, program=PROGRAM)


def test_containers_on_a_host_of_rpms_bring_their_programs() -> None:
    bundle = render(plan(RPM, "compose", backup={"repository": "/srv/backup"}))
    assert (bundle.package_manager, bundle.packages) == ("dnf", ("restic",))
    assert bundle.containers is not None


def test_without_names_or_with_supervisor_rpms_are_refused() -> None:
    with pytest.raises(ProblemsError) as refused:
        settings({"packages": "dnf"}, runtime="supervisor")
    for problem in (
        "program: is required with dnf: no RPM holds the registry",
        "target/ssh/python: /usr/bin/python3 may be older",
        "target/ssh/packages: supervisor",
    ):
        assert problem in str(refused.value)
    assert settings({"packages": "dnf", "user": "me"}).target
