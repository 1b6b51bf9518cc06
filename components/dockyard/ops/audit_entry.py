"""A line of the audit log: what was done, by whom, and how it ended."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from dockyard.ops import audit_traefik
from dockyard.ops.faults import BEARER, SECRET

ACTIONS = ("push", "pull", "delete", "list", "login", "look", "upload", "download", "challenge", "other")
STEPS = ("look", "upload", "download", "challenge", "other")
"""Parts of a push or a pull; alone they say little, unless they were refused."""
TEXTS = (
    *("time", "id", "user", "role", "address", "method", "path", "repository", "reference", "digest"),
    *("tls", "agent"),
)
NUMBERS = ("status", "bytes_in", "bytes_out", "duration")
LONGEST = 500
UNAUTHORIZED = 401
REFUSED = 400
_KINDS = (
    ("login", re.compile(r"/v2/?")),
    ("list", re.compile(r"/v2/(?:_catalog|.+/tags/list|.+/referrers/[^/]+)")),
    ("manifest", re.compile(r"/v2/.+/manifests/[^/]+")),
    ("upload", re.compile(r"/v2/.+/blobs/uploads(?:/[^/]*)?")),
    ("blob", re.compile(r"/v2/.+/blobs/[^/]+")),
)
_VERBS = {
    ("manifest", "PUT"): "push",
    ("manifest", "GET"): "pull",
    ("manifest", "DELETE"): "delete",
    ("manifest", "HEAD"): "look",
    ("blob", "GET"): "download",
    ("blob", "HEAD"): "look",
    ("blob", "DELETE"): "delete",
    ("list", "GET"): "list",
    ("list", "HEAD"): "list",
    ("login", "GET"): "login",
    ("login", "HEAD"): "login",
}


def parse(line: bytes) -> dict[str, Any] | None:
    """The fields of a line with the `action`; None for what is no line of the audit log."""
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and audit_traefik.is_traefik(found):
        found = audit_traefik.translated(found)
    if not isinstance(found, dict) or seconds(str(found.get("time"))) is None or "status" not in found:
        return None
    entry: dict[str, Any] = {name: _text(found.get(name)) for name in TEXTS}
    entry |= {name: _number(found.get(name)) for name in NUMBERS}
    entry["failed_login"] = found.get("failed_login") is True
    entry["action"] = action(entry["method"], entry["path"], entry["status"], entry["failed_login"])
    return entry


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    """What is no number that counts something is 0."""
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 63
    return value if sound else 0  # type: ignore[return-value]


def action(method: str, path: str, status: float, failed_login: bool) -> str:
    """What a request wants, whether or not it is let. Clients ask without a password first: the 401 to that is a challenge."""
    if status == UNAUTHORIZED and not failed_login:
        return "challenge"
    name = unquote(path)
    kind = next((kind for kind, form in _KINDS if form.fullmatch(name)), "other")
    return "upload" if kind == "upload" else _VERBS.get((kind, method), "other")


def done(entry: Mapping[str, Any]) -> bool:
    """Whether the request was answered as it wished."""
    return 0 < int(entry["status"]) < REFUSED


def seconds(text: str) -> float | None:
    """Since 1970, of a time with its offset."""
    try:
        at = datetime.fromisoformat(text)
        return at.timestamp() if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def harmless(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown: no control character, nothing that looks like a password or a token, nothing longer than is read."""
    shown = {name: _printable(value) if isinstance(value, str) else value for name, value in entry.items()}
    for name in ("agent", *([] if entry["repository"] else ["path"])):
        shown[name] = SECRET.sub(r"\1\2...", BEARER.sub(r"\1 ...", shown[name]))
    return shown


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST])
