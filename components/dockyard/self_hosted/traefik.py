"""What the front Traefik can keep of the settings: roles that hold for every repository, and nothing that looks at the store."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dockyard.errors import Problem
from dockyard.ops.versions import faults, version_of
from dockyard.reader import Reader
from dockyard.self_hosted.front import Front, read_front

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan
    from dockyard.self_hosted.users import Repository, User

ALL = "**"
LEAST = (3, 7, 10)
IPV4 = 4
HINT = 'set front to "nginx"'
RUNTIME = 'set runtime to "compose", or front to "nginx"'
NOT_KEPT = {
    "anonymous_pull": "Traefik signs everybody in",
    "immutable_tags": "Traefik does not look at tags",
    "tag_rules": "Traefik does not look at tags",
    "status_page": "Traefik serves no files",
    "reserve": "Traefik does not look at the disk",
    "metrics": "Traefik is not counted",
}
"""Setting -> why it cannot be had."""
NOTHING: tuple[object, ...] = ({}, [], False, "0", None)


def with_front(reader: Reader) -> Reader:
    """The settings as they are read on: with Traefik, what is on unless it is set is off, and what cannot be had is a problem."""
    if reader.get("front") != Front.TRAEFIK:
        return reader
    for name, reason in NOT_KEPT.items():
        if reader.get(name) not in NOTHING:
            reader.problem(name, reason, HINT)
    certificate = reader.get("certificate")
    if isinstance(certificate, Mapping) and certificate.get("acme") is not None:
        reader.problem("certificate/acme", "Traefik is given its certificate", f"give one, or {HINT}")
    reader.values = {**reader.values, "status_page": False, "reserve": "0"}
    return reader


def front_of(reader: Reader, users: Iterable["User"], repositories: Iterable["Repository"]) -> Front:
    """The front. Traefik decides by the method, and by nothing that a repository's name would be part of."""
    front = read_front(reader)
    if front is Front.TRAEFIK:
        _refuse_by_repository(reader, users, repositories)
    return front


def _refuse_by_repository(
    reader: Reader, users: Iterable["User"], repositories: Iterable["Repository"]
) -> None:
    for user in users:
        for key in ("pull", "push", "delete"):
            if others := sorted(getattr(user.rights, key) - {ALL}):
                told = (
                    f"Traefik knows rights to all repositories alone, which are {ALL!r}: {', '.join(others)}"
                )
                reader.problem(f"users/{user.name}/{key}", told, HINT)
        if user.overlap_hours:
            told = "Traefik knows one password of each user"
            reader.problem(f"users/{user.name}/overlap_hours", told, HINT)
    for repository in repositories:
        for key in ("pull", "push"):
            if getattr(repository, key):
                told = "Traefik knows rights to all repositories alone"
                reader.problem(f"repositories/{repository.name}/{key}", told, HINT)
        if repository.immutable_tags:
            told = NOT_KEPT["immutable_tags"]
            reader.problem(f"repositories/{repository.name}/immutable_tags", told, HINT)


def _addresses(plan: "Plan") -> Iterator[Problem]:
    """Without rules of its own for IPv6, which Docker has not always had, a program of Docker's passes connections on."""
    if plan.settings.front is Front.TRAEFIK:
        for index, address in enumerate(map(ipaddress.ip_address, plan.settings.listen)):
            if address.version != IPV4 and not address.is_loopback:
                told = f"by IPv6 all clients would have one address behind Docker's port: {str(address)!r}"
                yield Problem(f"listen/{index}", told, f"listen on addresses of IPv4, or {HINT}")


def plan_problems(plan: "Plan") -> Iterator[Problem]:
    """Of the host: Traefik reaches a registry by TCP alone, which only a network of containers keeps from everybody else."""
    if plan.settings.front is Front.TRAEFIK and not plan.compose:
        yield Problem(
            "front", "Traefik cannot reach a unix socket: it runs with runtime compose alone", RUNTIME
        )
    yield from _addresses(plan)
    version = version_of(plan.settings.front_image.rpartition(":v")[2])
    if plan.settings.front is Front.TRAEFIK and version and version < LEAST:
        known = ", ".join(fault.id for fault in faults() if fault.component == "traefik")
        told = f"has known faults ({known}), and does not know all settings that it is given"
        yield Problem("images/traefik", told, f"{'.'.join(map(str, LEAST))} or later")
    if plan.settings.front is not Front.TRAEFIK and plan.settings.images.traefik:
        yield Problem("images/traefik", "Traefik is not the front", 'set front to "traefik"')
    if plan.settings.front is Front.TRAEFIK and plan.settings.images.nginx:
        yield Problem("images/nginx", "NGINX is not the front", 'leave it out, or set front to "nginx"')
