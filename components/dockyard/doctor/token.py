"""Tokens of a token server: asking for one, and what stands in it. Signatures are the registry's matter."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx

from dockyard.doctor.challenge import Challenge
from dockyard.doctor.skew import LEEWAY
from dockyard.errors import DockyardError
from dockyard.ops.verdict import span


def request(challenge: Challenge, username: str, password: str, scope: str = "") -> httpx.Request:
    """As Docker asks: GET realm?service=&scope=&account=. Raises DockyardError for a realm that no password may go to."""
    realm, told = challenge.parameters.get("realm", ""), challenge.parameters
    try:
        address = httpx.URL(realm)
    except httpx.InvalidURL:
        address = httpx.URL("")
    if not address.host or address.scheme not in ("http", "https"):
        raise DockyardError(f"the challenge's realm is no address: {realm!r}")
    if address.scheme == "http" and not _loopback(address.host):
        raise DockyardError(f"the challenge's realm is plain HTTP, where no password is sent: {realm}")
    wanted = {
        "service": told.get("service", ""),
        "scope": scope or told.get("scope", ""),
        "account": username,
    }
    address = address.copy_merge_params({key: value for key, value in wanted.items() if value})
    made = httpx.Request("GET", address)
    if username:
        made.headers["Authorization"] = basic(username, password)
    return made


def basic(username: str, password: str) -> str:
    """RFC 7617, in UTF-8."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def of(answer: httpx.Response) -> str:
    """The token of a token server's answer; "" where there is none."""
    try:
        read = answer.json()
    except ValueError:
        return ""
    token = (read.get("token") or read.get("access_token")) if isinstance(read, dict) else None
    return token if isinstance(token, str) else ""


def claims(token: str) -> Mapping[str, Any]:
    """What it says of itself; nothing for a token that is no JWT."""
    parts = token.split(".")
    try:
        read = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (LookupError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def untimely(said: Mapping[str, Any], now: float) -> str:
    """Why a registry whose clock says `now` refuses it for its times; "" where it does not."""
    begin, end = (
        value if isinstance(value := said.get(key), int | float) else None for key in ("nbf", "exp")
    )
    if begin is not None and begin > now + LEEWAY:
        return f"the token is not valid yet: it begins {span(begin - now)} after the registry's time"
    if end is not None and end < now - LEEWAY:
        return f"the token has expired: it ended {span(now - end)} before the registry's time"
    return ""
