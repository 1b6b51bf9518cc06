"""How a host is reached: the connection of a Host resource, read. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from dockyard.errors import Problem
from dockyard.remote.host_keys import Pin, is_path, pin_problem, pins

LOCAL: Mapping[str, Any] = {"local": {}}
"""The connection to the machine that runs Pulumi."""
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,252}[A-Za-z0-9])?")
USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
_LOGIN: Mapping[str, type] = {"host": str, "port": int, "user": str, "key": str, "hostKey": str}
_SSH: Mapping[str, type] = {
    **_LOGIN,
    "jump": dict,
    "sudo": bool,
    "sudoPassword": str,
    "connectTimeout": int,
    "python": str,
}


@dataclass(frozen=True)
class Login:
    """One SSH server, and who signs in there."""

    host: str
    port: int
    user: str
    host_key: str
    """What its host key must be: lines as in a `.pub` file, or the path of a known_hosts file."""
    key: str = field(default="", repr=False)
    """A private key as PEM, or the path of one; "" for the SSH agent's."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


@dataclass(frozen=True)
class Connection:
    """A host, and how it is reached."""

    login: Login
    jump: Login | None = None
    sudo: bool = False
    sudo_password: str = field(default="", repr=False)
    timeout: int = 20
    """Seconds for each step of connecting."""
    python: str = "/usr/bin/python3"


def connection_of(value: Mapping[str, Any]) -> Connection | None:
    """The connection of a Host's inputs (secrets opened); None for this machine."""
    if "ssh" not in value:
        return None
    ssh = value["ssh"]
    jump = ssh.get("jump")
    return Connection(
        login=_login(ssh),
        jump=_login(jump) if jump else None,
        sudo=bool(ssh.get("sudo", False)),
        sudo_password=ssh.get("sudoPassword", ""),
        timeout=int(ssh.get("connectTimeout", Connection.timeout)),
        python=ssh.get("python", Connection.python),
    )


def _login(value: Mapping[str, Any]) -> Login:
    return Login(
        host=value["host"],
        port=int(value.get("port", 22)),
        user=value["user"],
        host_key=value["hostKey"],
        key=value.get("key", ""),
    )


def same_place(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both lead to the same user of the same host: its address is the same, or its pinned key."""
    before, after = connection_of(old), connection_of(new)
    if before is None or after is None:
        return before is after
    one, other = before.login, after.login
    same_host = (one.host, one.port) == (other.host, other.port) or bool(_keys(one) & _keys(other))
    return same_host and becomes(before) == becomes(after)


def _keys(login: Login) -> set[Pin]:
    """The keys that are pinned here; a known_hosts file has those of many hosts, and tells none from another."""
    return set() if is_path(login.host_key) else set(pins(login.host_key, login.host, login.port))


def becomes(connection: Connection) -> str:
    """The user that everything runs as."""
    return "root" if connection.sudo else connection.login.user


def connection_problems(value: Any) -> list[Problem]:
    """What is wrong with a Host's `connection`."""
    if value == LOCAL:
        return []
    if not isinstance(value, Mapping) or set(value) != {"ssh"} or not isinstance(value["ssh"], Mapping):
        return [Problem("connection", 'must be {"local": {}} or {"ssh": {...}}')]
    ssh = value["ssh"]
    problems = list(_shape("connection.ssh", ssh, _SSH))
    if not problems and ssh.get("jump"):
        problems += _shape("connection.ssh.jump", ssh["jump"], _LOGIN)
    python = ssh.get("python", Connection.python)
    if not problems and (not python.isprintable() or not PurePosixPath(python).is_absolute()):
        problems.append(Problem("connection.ssh.python", "must be an absolute path"))
    return problems


def _shape(place: str, value: Mapping[str, Any], types: Mapping[str, type]) -> Iterator[Problem]:
    for key in sorted(value.keys() - types.keys()):
        yield Problem(f"{place}.{key}", "unknown property")
    for key, type_ in types.items():
        item = value.get(key)
        if isinstance(item, float) and item.is_integer():
            item = int(item)
        if key in value and not isinstance(item, type_):
            yield Problem(f"{place}.{key}", f"must be {type_.__name__}")
    for key, pattern in (("host", NAME), ("user", USER)):
        text = value.get(key)
        if not isinstance(text, str) or not pattern.fullmatch(text):
            yield Problem(f"{place}.{key}", f"is no valid {key}: {text!r}")
    if problem := pin_problem(str(value.get("hostKey", ""))):
        yield Problem(f"{place}.hostKey", problem)
