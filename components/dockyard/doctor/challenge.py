"""How a registry asks for a login: WWW-Authenticate (RFC 9110, 11.6.1), of schemes Basic and Bearer."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 -- the grammar's word
SCHEME = re.compile(rf"\s*,?\s*({TOKEN})(?=\s|,|$)")
PARAMETER = re.compile(rf'\s*,?\s*({TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({TOKEN}|[^\s,"]+))')


class Challenge(NamedTuple):
    """scheme in lower case; parameters by name in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def read(headers: Sequence[str]) -> list[Challenge]:
    """Every challenge of the headers; what is no challenge ends its header."""
    found = []
    for text in headers:
        at = 0
        while match := SCHEME.match(text, at):
            parameters, at = {}, match.end()
            while one := PARAMETER.match(text, at):
                value = re.sub(r"\\(.)", r"\1", one[2]) if one[2] is not None else one[3]
                parameters[one[1].lower()] = value
                at = one.end()
            found.append(Challenge(match[1].lower(), parameters))
    return found


def choose(found: Sequence[Challenge]) -> Challenge | None:
    """Clients prefer tokens."""
    known = {challenge.scheme: challenge for challenge in reversed(found)}
    return known.get("bearer") or known.get("basic")
