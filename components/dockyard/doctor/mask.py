"""What may be shown of a request and its answer: no password, no token, no cookie, and nothing that steers a terminal."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

HIDDEN = "***"
HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-registry-auth")
OPEN_PARAMETERS = (
    "service",
    "scope",
    "account",
    "n",
    "last",
    "digest",
    "mount",
    "from",
    "offline_token",
    "client_id",
)
"""Of an address, all other values are hidden: clouds sign their addresses, and uploads have their state in them."""
FIELD = re.compile(
    r'("[^"]*(?:token|password|secret|signature)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE
)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*")


def header(name: str, value: str) -> str:
    if name.lower() in HEADERS:
        scheme = value.split(" ")[0] if " " in value and "cookie" not in name.lower() else ""
        return f"{scheme} {HIDDEN}".strip()
    return plain(address(value) if name.lower() in ("location", "link") else JWT.sub(HIDDEN, value))


def address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return HIDDEN
    shown = [
        (key, value if key in OPEN_PARAMETERS else HIDDEN) for key, value in parse_qsl(parts.query, True)
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(shown, safe="*:/,"), ""))


def body(text: str) -> str:
    return plain(JWT.sub(HIDDEN, FIELD.sub(rf'\1"{HIDDEN}"', text)))


def plain(text: str) -> str:
    """Letters that can be printed alone."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
