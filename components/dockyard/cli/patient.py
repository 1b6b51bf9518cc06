"""Which registry the doctor looks at, and as whom: of a stack's outputs, or as it was typed."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dockyard.doctor import docker_login, reference
from dockyard.doctor.target import Target, read_place
from dockyard.errors import DockyardError

CLOUD_LOGIN = "a cloud's password lasts for hours"


@dataclass(frozen=True)
class Wish:
    """What was typed. stack or registry is ""."""

    stack: str
    registry: str
    username: str
    password_stdin: bool
    use_docker_login: bool
    ca: Path | None
    plain_http: bool
    image: str
    repository: str
    probe: bool
    trace: bool

    @property
    def typed(self) -> str:
        """The command for the same registry, without what it is to show."""
        parts = ["-s", self.stack] if self.stack else ["--registry", self.registry]
        for name, value in (
            ("--username", self.username),
            ("--ca", str(self.ca or "")),
            ("--repository", self.repository),
        ):
            parts += [name, value] if value else []
        flags = {
            "--password-stdin": self.password_stdin,
            "--use-docker-login": self.use_docker_login,
            "--plain-http": self.plain_http,
        }
        return f"dockyard doctor {shlex.join([*parts, *(name for name, given in flags.items() if given)])}"


def of_registry(wish: Wish) -> Target:
    """Raises DockyardError for what cannot be looked at."""
    _check(wish)
    host, port = read_place(wish.registry)
    target = Target(
        host,
        port,
        authority=wish.ca.read_text(errors="replace") if wish.ca else "",
        authority_file=shlex.quote(str(wish.ca or "ca.crt")),
        plain=wish.plain_http,
        image=wish.image,
        repository=wish.repository,
        typed=wish.typed,
    )
    if wish.plain_http and not target.on_this_machine:
        raise DockyardError(
            f"{target.host} is another machine: a password would go to it in the clear",
            "leave --plain-http out",
        )
    username, password = _login(wish, target)
    return replace(target, username=username, password=password)


def of_stack(wish: Wish, outputs: Mapping[str, Any]) -> Target:
    """outputs: with their secrets. Raises DockyardError for a user whom they do not hold."""
    _check(wish)
    host, port = read_place(outputs["host"])
    users = outputs.get("users") or {}
    authority = wish.ca.read_text(errors="replace") if wish.ca else outputs.get("caCertificate") or ""
    stack = shlex.quote(wish.stack)
    ours = "runtime" in outputs
    target = Target(
        host,
        port,
        authority=authority,
        authority_file=shlex.quote(str(wish.ca or "ca.crt")),
        authority_made_by=""
        if wish.ca or not authority
        else f"dockyard outputs -s {stack} caCertificate > ca.crt",
        users=users,
        image=wish.image,
        repository=wish.repository,
        typed=wish.typed,
        new_login=f"dockyard users list -s {stack}" if ours else f"dockyard up -s {stack}  # {CLOUD_LOGIN}",
    )
    if wish.password_stdin or wish.use_docker_login:
        username, password = _login(wish, target, outputs.get("username") or "")
    elif wish.username and wish.username != outputs.get("username"):
        if wish.username not in users:
            known = f"its users: {', '.join(sorted(users))}" if users else "give it with --password-stdin"
            raise DockyardError(f"stack {wish.stack!r} has no password of {wish.username!r}", known)
        username, password = wish.username, users[wish.username]
    else:
        username, password = outputs.get("username") or "", outputs.get("password") or ""
    return replace(target, username=username, password=password)


def _check(wish: Wish) -> None:
    if wish.stack and wish.plain_http:
        raise DockyardError("a stack's registry speaks TLS", "leave --plain-http out")
    if wish.repository and (told := reference.problems(reference.Reference(wish.repository))):
        raise DockyardError(
            f"--repository: {'; '.join(told)}", "such as team/app, without the registry and a tag"
        )


def _login(wish: Wish, target: Target, default: str = "") -> tuple[str, str]:
    username = wish.username or default
    if wish.use_docker_login:
        found = docker_login.find(target.place)
        if wish.username and found[0] != wish.username:
            raise DockyardError(
                f"Docker is signed in as {found[0]!r}", f"docker login {target.place} -u {wish.username}"
            )
        return found
    if wish.password_stdin:
        if not username:
            raise DockyardError("--password-stdin needs to know whose password it is", "give --username")
        return username, sys.stdin.read().rstrip("\r\n")
    if username:
        raise DockyardError(f"no password of {username!r} was given", "add --password-stdin and pipe it in")
    return "", ""
