"""Logins in Secrets that Kubernetes pulls images with.

Source: "Secrets", sections on Docker config Secrets (Kubernetes documentation).
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.checks.values import at, text

_KEYS = (".dockerconfigjson", ".dockercfg")


def logins(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Host and user name of each login of a Secret, as far as they are known. Passwords are not looked at."""
    for key in _KEYS:
        plain = text(at(properties, "stringData", key)) or _decoded(text(at(properties, "data", key)))
        document = _json(plain)
        entries = at(document, "auths") if key == _KEYS[0] else document
        for host, entry in entries.items() if isinstance(entries, Mapping) else ():
            username = text(at(entry, "username")) or _decoded(text(at(entry, "auth"))).partition(":")[0]
            yield _host(host), username


def _host(address: str) -> str:
    """Docker's keys are hosts, or URLs of them."""
    return address.partition("://")[2].partition("/")[0] if "://" in address else address.partition("/")[0]


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return None
