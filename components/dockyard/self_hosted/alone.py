"""The registry alone, as `front: none` asks for it: one container on loopback, and what it cannot keep without a front.

The registry itself knows passwords and nothing else: neither rights nor rules for tags, no log that names who did what, no limit.
"""

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.reader import Reader
from dockyard.self_hosted.acme import Acme
from dockyard.self_hosted.audit import Audit
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.reserve import Reserve

if TYPE_CHECKING:
    from dockyard.self_hosted.settings import Settings

LISTEN = ("127.0.0.1",)
"""What is listened on unless `listen` names another address of loopback: the registry listens on one."""
UNPRIVILEGED = 1024
"""The first port that a process without root and capabilities may listen on."""
_FRONT = "leave it out, or set front to nginx"
_NOT_KEPT = {
    "anonymous_pull": "the registry alone asks everybody for a password",
    "immutable_tags": "the registry alone has no rules for tags",
    "tag_rules": "the registry alone has no rules for tags",
    "status_page": "nobody serves it without a front",
    "audit": "without a front nothing is written of who did what",
    "metrics": "they are values of a front",
    "firewall": "loopback is reached from this host alone",
}
"""Key to why nothing is made of it."""


def is_alone(reader: Reader) -> bool:
    """Whether the settings ask for it."""
    return reader.values.get("front") == Front.NONE


def alone(reader: Reader, settings: "Settings") -> "Settings":
    """The settings of a registry without a front. What it cannot keep is a problem; what nobody asked for is left out."""
    _refuse_address(reader, settings)
    _refuse_rights(reader, settings)
    for key, why in _NOT_KEPT.items():
        if reader.values.get(key):
            reader.problem(key, f"cannot be kept: {why}", _FRONT)
    if reader.values.get("reserve") not in (None, "0", "0%"):
        reader.problem(
            "reserve", "cannot be kept: the registry alone takes uploads until the disk is full", _FRONT
        )
    for repository in settings.repositories:
        if repository.immutable_tags:
            path = f"repositories/{repository.name}/immutable_tags"
            reader.problem(path, f"cannot be kept: {_NOT_KEPT['immutable_tags']}", _FRONT)
    if isinstance(settings.certificate, Acme):
        hint = "give a certificate, or leave it out for one of an own authority"
        reader.problem("certificate/acme", "cannot be kept: a loopback address has no public name", hint)
    for name in ("nginx", "traefik"):
        if getattr(settings.images, name):
            reader.problem(f"images/{name}", "is not run: there is no front", "leave it out")
    if settings.target:
        hint = "set front to nginx, or run dockyard on that host"
        reader.problem("target/ssh", "the registry alone is reached from its own host only", hint)
    if settings.runtime not in ("auto", Runtime.COMPOSE):
        reader.problem(
            "runtime", f"{settings.runtime} runs no registry without a front", 'set it to "compose"'
        )
    return replace(settings, reserve=Reserve(0, 0), status_page=False, audit=Audit(0, 0))


def _refuse_address(reader: Reader, settings: "Settings") -> None:
    for index, address in enumerate(settings.listen):
        if not _is_loopback(address):
            hint = (
                "127.0.0.1 or ::1; a registry that others reach needs a front, which knows rights and limits"
            )
            reader.problem(f"listen/{index}", f"is not loopback: {address}", hint)
    if len(settings.listen) > 1:
        reader.problem(
            "listen", "the registry alone listens on one address", f"name one, such as {LISTEN[0]}"
        )
    if settings.port < UNPRIVILEGED:
        why = f"{settings.port} is for root, which the registry is not"
        reader.problem("port", why, f"{UNPRIVILEGED} or above, such as 5000")


def _is_loopback(address: str) -> bool:
    """What is no address has been told already."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


def _refuse_rights(reader: Reader, settings: "Settings") -> None:
    for user in settings.users:
        if not user.rights.admin:
            hint = 'give {"admin": true} to each user, or set front to nginx'
            reader.problem(
                f"users/{user.name}", "would have every right: the registry alone knows no roles", hint
            )
        if user.overlap_hours:
            why = "cannot be kept: the registry alone knows one password of a user"
            hint = "set it to 0, as `dockyard users rotate --overlap 0` does, or set front to nginx"
            reader.problem(f"users/{user.name}/overlap_hours", why, hint)
