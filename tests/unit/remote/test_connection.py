"""The connection of a Host resource."""

from typing import Any

import pytest
from dockyard.engine.values import Secret
from dockyard.provider.host_check import DEFAULTS, host_problems
from dockyard.remote.connection import connection_of, connection_problems, same_place

from .test_host_keys import LINE

SSH: dict[str, Any] = {"host": "h.example.com", "port": 22, "user": "deploy", "hostKey": LINE, "sudo": True}
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPn2JzEqbWAOfvPCy5KNtGBZqHkFRHKZRvBpTwbHX+6T"


def ssh(**changes: Any) -> dict[str, Any]:
    return {"ssh": {**SSH, **changes}}


def test_what_it_says_is_read() -> None:
    jump = {"host": "j", "user": "hop", "hostKey": LINE}
    found = connection_of(ssh(port=2222.0, jump=jump, sudoPassword="p", connectTimeout=5.0))
    assert found
    assert (str(found.login), found.timeout, found.python) == (
        "deploy@h.example.com:2222",
        5,
        "/usr/bin/python3",
    )
    assert found.jump
    assert str(found.jump) == "hop@j:22"
    assert connection_of({"local": {}}) is None


def test_what_is_secret_is_not_shown() -> None:
    assert "hush" not in repr(connection_of(ssh(sudoPassword="hush", key="hush")))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"host": "-oProxyCommand=x"}, "connection.ssh.host: is no valid host"),
        ({"user": "a b"}, "connection.ssh.user: is no valid user"),
        ({"hostKey": ""}, "connection.ssh.hostKey: is required"),
        ({"port": "22"}, "connection.ssh.port: must be int"),
        ({"python": "python3"}, "connection.ssh.python: must be an absolute path"),
        ({"colour": 1}, "connection.ssh.colour: unknown property"),
        ({"jump": {"host": "j", "user": "u"}}, "connection.ssh.jump.hostKey: is required"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], problem: str) -> None:
    (found,) = connection_problems(ssh(**changes))
    assert str(found).startswith(problem)


def test_a_host_takes_it_with_secrets() -> None:
    inputs = {
        **DEFAULTS,
        "runtime": "systemd",
        "files": {"/etc/a": {"content": "", "mode": "0600"}},
        "connection": ssh(sudoPassword=Secret("p"), key=Secret("-----BEGIN X")),
    }
    assert host_problems(inputs) == []


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"key": "/other", "connectTimeout": 3, "sudoPassword": "p"}, True),
        ({"user": "root", "sudo": False}, True),
        ({"hostKey": OTHER_KEY}, True),
        ({"port": 2222}, True),
        ({"host": "other.example.com"}, True),
        ({"host": "other.example.com", "hostKey": OTHER_KEY}, False),
        ({"host": "other.example.com", "hostKey": f"{OTHER_KEY}\n{LINE} with a comment"}, True),
        ({"sudo": False}, False),
    ],
)
def test_the_same_place(changes: dict[str, Any], same: bool) -> None:
    """The same address, or the same key at another one; and the same user that it is all done as."""
    assert same_place(ssh(), ssh(**changes)) is same
    assert same_place({"local": {}}, ssh()) is False
    moved = ssh(host="other.example.com", hostKey="/known_hosts")
    assert same_place(ssh(hostKey="/known_hosts"), moved) is False
    assert same_place({"local": {}}, {"local": {}}) is True
