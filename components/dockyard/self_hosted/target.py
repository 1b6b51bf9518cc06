"""The setting `target`: which host the registry is on, and what is known of it from the settings alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from dockyard.reader import Reader
from dockyard.remote.connection import NAME, USER, Login
from dockyard.remote.host_keys import how_to_pin, pin_problem
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.facts import SYSTEM_PYTHON, HostFacts

PEM = "-----BEGIN "
STATE = ".local/state/dockyard"
_PATH = re.compile(r"(/[A-Za-z0-9._+@-]+)+")


@dataclass(frozen=True)
class Ssh:
    """A host that is reached by SSH; what each setting means, `dockyard.self_hosted.args` says."""

    login: Login
    jump: Login | None = None
    sudo: bool = False
    sudo_password: str = field(default="", repr=False)
    connect_timeout: int = 20
    python: str = SYSTEM_PYTHON
    state_dir: str = ""
    packages: str = "apt"

    @property
    def root(self) -> bool:
        """Whether the host is configured as root."""
        return self.sudo or self.login.user == "root"


def read_target(settings: Reader, listen: tuple[str, ...], domain: str) -> Ssh | None:
    """None for this machine."""
    reader = Reader(settings.get("target"), settings.problems, "target")
    Reader(reader.get("local"), settings.problems, "target/local").finish()
    given = reader.get("ssh")
    reader.finish()
    if given is None:
        return None
    if "local" in reader.values:
        reader.problem("ssh", "a registry is on one host: name either `local` or `ssh`")
    if all(map(_is_loopback, listen)) and domain != "localhost" and not _is_loopback(domain):
        hint = (
            'name the host\'s address, or "0.0.0.0" and "::" for all of them; `firewall` says who may come in'
        )
        settings.problem("listen", "on another host, loopback is reached from nowhere else", hint)
    return _read_ssh(Reader(given, settings.problems, "target/ssh"), settings)


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _read_ssh(reader: Reader, settings: Reader) -> Ssh:
    login = _read_login(reader)
    given = reader.get("jump")
    jump = Reader(given, reader.problems, reader.at("jump"))
    found = Ssh(
        login=login,
        jump=None if given is None else _read_login(jump),
        sudo=reader.boolean("sudo", False),
        sudo_password=reader.text("sudo_password"),
        connect_timeout=reader.integer("connect_timeout", 20, 1, 600),
        python=_path(reader, "python", SYSTEM_PYTHON),
        state_dir=_path(reader, "state_dir", f"/home/{login.user}/{STATE}"),
        packages=reader.choice("packages", "apt", ("apt", "dnf")),
    )
    jump.finish()
    reader.finish()
    if found.sudo and login.user == "root":
        reader.problem("sudo", "root needs none", "leave it out")
    if found.sudo_password and not found.sudo:
        reader.problem("sudo_password", "is for sudo", "set `sudo: true`")
    if "\n" in found.sudo_password:
        reader.problem("sudo_password", "must be one line")
    if found.root and "state_dir" in reader.values:
        reader.problem("state_dir", "is for a user without root", "leave it out: root has /etc and /var/lib")
    if found.root and found.packages == "dnf":
        _refuse_what_has_no_rpm(reader, settings)
    return found


def _refuse_what_has_no_rpm(reader: Reader, settings: Reader) -> None:
    if not settings.get("program") and settings.get("runtime") != Runtime.COMPOSE:
        hint = (
            "put the registry's program on the host and name its path, such as /usr/local/bin/registry;"
            ' or set runtime to "compose"'
        )
        settings.problem("program", "is required with dnf: no RPM holds the registry", hint)
    if "python" not in reader.values:
        hint = "`dnf install python3.11` there, and set /usr/bin/python3.11"
        reader.problem("python", "/usr/bin/python3 may be older than 3.11 with dnf", hint)
    if settings.get("runtime") == Runtime.SUPERVISOR:
        reader.problem("packages", "supervisor is no package of these distributions", "leave `runtime` out")


def _read_login(reader: Reader) -> Login:
    host, user, port = reader.text("host"), reader.text("user"), reader.integer("port", 22, 1, 65535)
    hints = {
        "host": "the name or address of the host",
        "user": "who signs in there: root, or a user with `sudo`",
    }
    for key, value, pattern in (("host", host, NAME), ("user", user, USER)):
        if reader.get(key) in (None, ""):
            reader.problem(key, "is required", hints[key])
        elif value and not pattern.fullmatch(value):
            reader.problem(key, f"is no {key}: {value!r}", hints[key])
    host_key = reader.text("host_key")
    if problem := pin_problem(host_key):
        reader.problem("host_key", problem, how_to_pin(host or "HOST", port))
    return Login(host, port, user, host_key.strip(), _key(reader))


def _key(reader: Reader) -> str:
    key = reader.text("key")
    if "ENCRYPTED" in key.partition("\n")[2].partition("\n")[0] or key.startswith(f"{PEM}ENCRYPTED"):
        hint = "load it with `ssh-add` and leave `key` out, or use a key without a passphrase"
        reader.problem("key", "has a passphrase", hint)
    elif "\n" in key.strip() and not key.startswith(PEM):
        reader.problem("key", "is neither a path nor a private key in PEM")
    elif key and not key.startswith((PEM, "/", "~/")):
        reader.problem("key", f"is no absolute path: {key!r}", "such as ~/.ssh/id_ed25519")
    return key


def _path(reader: Reader, key: str, default: str) -> str:
    path = reader.text(key, default)
    if not _PATH.fullmatch(path) or ".." in PurePosixPath(path).parts:
        reader.problem(key, f"is no absolute path without special characters: {path!r}")
    return path


def ssh_facts(target: Ssh, runtime: str) -> HostFacts:
    """What the settings say of the host; where it is otherwise, the agent there refuses before it changes anything. Nobody is asked."""
    return HostFacts(
        root=target.root,
        systemd=target.root and runtime != Runtime.SUPERVISOR,
        memory_dir="/run" if target.root else "/dev/shm",  # noqa: S108 -- the applier checks that ours in there belongs to us
        state_dir=target.state_dir,
        python=target.python,
        package_manager=target.packages,
        remote=True,
    )


def connection(target: Ssh | None, secret: Callable[[str], Any]) -> dict[str, Any]:
    """The input `connection` of the Host. secret: wraps what must not be stored or shown in plain text."""
    if target is None:
        return {"local": {}}
    given: dict[str, Any] = {
        **_login(target.login, secret),
        "sudo": target.sudo,
        "connectTimeout": target.connect_timeout,
        "python": target.python,
    }
    if target.jump:
        given["jump"] = _login(target.jump, secret)
    if target.sudo_password:
        given["sudoPassword"] = secret(target.sudo_password)
    return {"ssh": given}


def _login(login: Login, secret: Callable[[str], Any]) -> dict[str, Any]:
    key = secret(login.key) if login.key.startswith(PEM) else login.key
    named = {"host": login.host, "port": login.port, "user": login.user, "hostKey": login.host_key}
    return {**named, "key": key} if login.key else named


def recorded_target(target: Any, secret: Callable[[str], Any]) -> Any:
    """The argument `target` with its secrets wrapped, as the state keeps it."""
    if not isinstance(target, dict):
        return target
    wrapped = {key: recorded_target(value, secret) for key, value in target.items()}
    for key, value in target.items():
        if key == "sudo_password" or (key == "key" and str(value).startswith(PEM)):
            wrapped[key] = secret(value)
    return wrapped
