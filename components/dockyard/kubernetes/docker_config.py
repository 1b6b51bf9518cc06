"""The text of `.dockerconfigjson`, with which Kubernetes signs in to a registry."""

import base64
import ipaddress
import json
import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(
    rf"(?P<name>(?=.{{1,253}}(?::|\Z)){_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?"
)
EMPTY = json.dumps({"auths": {}})
"""No login yet: Kubernetes accepts a Secret of this type with valid JSON only."""


def host_problem(host: str) -> str:
    """What is wrong with the host of a registry; "" where it may stand. A port is kept: it is part of the registry's name."""
    found = _HOST.fullmatch(host.lower())
    if not found or not 0 < int(found["port"] or 1) < 65536:
        return f"is not a registry's host: {host!r}"
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(found["name"][1:-1])
        except ValueError:
            return f"is not a registry's host: {host!r}"
    return ""


def docker_config(host: str, username: str, password: str) -> str:
    """One login as JSON. Raises ValueError, never with the password in it, for what could not be a login."""
    if problem := host_problem(host):
        raise ValueError(f"host {problem}")
    if not username or ":" in username:
        raise ValueError(f"username must not be empty and hold no colon: {username!r}")
    if not password:
        raise ValueError("password is empty")
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    login = {"username": username, "password": password, "auth": auth}
    return json.dumps({"auths": {host.lower(): login}}, separators=(",", ":"))


def encoded(text: str) -> str:
    """As the `data` of a Secret holds it."""
    return base64.b64encode(text.encode()).decode()
