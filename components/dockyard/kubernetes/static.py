"""A password that lives long, and when it ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dockyard.errors import Problem
from dockyard.kubernetes.login import login_problems
from dockyard.kubernetes.target import Target, read_target
from dockyard.later import is_later
from dockyard.reader import Reader

_AZURE = re.compile(r"[^./]+\.azurecr\.(?:io|cn|us)", re.I)


@dataclass(frozen=True)
class Static:
    """What each setting means, `dockyard.kubernetes.args` says. `Any`: perhaps known during the deployment only."""

    host: Any
    username: Any
    password: Any
    target: Target
    expires: Any = None


def read_static(reader: Reader, labels: Mapping[str, str], now: datetime) -> Static:
    """Collects what is wrong with it in the reader."""
    host, username, password = (reader.get(key) for key in ("host", "username", "password"))
    reader.problems += login_problems(host, username, password, reader.path)
    expires = reader.get("expires")
    if not is_later(host) and not is_later(expires):
        reader.problems += expiry_problems(str(host), expires, now, reader.path)
    found = Static(host, username, password, read_target(reader, labels), expires)
    reader.finish()
    return found


def expiry_problems(host: str, expires: Any, now: datetime, path: str = "static") -> list[Problem]:
    """What is wrong with the end of a password. Source: "Create a token with repository-scoped permissions" of Azure Container
    Registry: a token's password has no end by default."""
    where = f"{path}/expires"
    if expires is None or expires == "":
        if not _AZURE.fullmatch(host):
            return []
        hint = (
            "give the password an expiry, and this the same one; a registry token has two passwords to rotate"
        )
        return [Problem(where, "is required for a registry of Azure", hint)]
    try:
        end = datetime.fromisoformat(str(expires))
    except ValueError:
        end = None
    if end is None or end.tzinfo is None:
        return [Problem(where, f"is no time of RFC 3339: {expires!r}", "2027-01-31T00:00:00Z, for example")]
    if end <= now.astimezone(UTC):
        return [Problem(where, f"has passed: {expires}", "renew the password")]
    return []
