"""Access rules: from the users' rights to the lines of NGINX maps, and the decision itself as a pure function.

Users with equal rights share a role. A request is asked as `ROLE:VERB:REPOSITORY`; verbs are r (pull), w (push), d (delete) and
c (the catalog, with an empty repository). Everybody who has signed in may read what anonymous clients may read.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from dockyard.self_hosted.patterns import matches, pattern_regex
from dockyard.self_hosted.users import Rights, User

ENCODED_SLASH = "(?:/|%2[Ff])"
ENCODED_OTHER = "[^/%]"


@dataclass(frozen=True)
class AccessMaps:
    """The lines of the maps: pairs of a source value (a regular expression where it begins with ~) and a result."""

    roles: tuple[tuple[str, str], ...]
    """`u:USER` to the role."""
    granted: tuple[str, ...]
    """Regular expressions over `ROLE:VERB:REPOSITORY`, each of a question that is answered with yes."""
    mounts: tuple[str, ...]
    """The same over `ROLE:FROM`, FROM being a repository as it stands in a query."""
    anonymous: tuple[str, ...]
    """The same over `VERB:REPOSITORY`, for clients that have not signed in."""


def access_maps(users: Iterable[User], anonymous_pull: frozenset[str]) -> AccessMaps:
    users = sorted(users, key=lambda user: user.name)
    roles = {role_of(user.rights): user.rights for user in users}
    granted = [line for role in sorted(roles) for line in _granted(role, roles[role])]
    mounts = [line for role in sorted(roles) for line in _mounts(role, roles[role])]
    if anonymous_pull:
        granted.append(rf"~^[^:]*:r:(?:{_alternatives(anonymous_pull)})\z")
        mounts.append(rf"~^[^:]*:(?:{_alternatives(anonymous_pull, ENCODED_SLASH, ENCODED_OTHER)})\z")
    return AccessMaps(
        roles=tuple((f"u:{user.name}", role_of(user.rights)) for user in users),
        granted=tuple(granted),
        mounts=tuple(mounts),
        anonymous=(rf"~^r:(?:{_alternatives(anonymous_pull)})\z",) if anonymous_pull else (),
    )


def role_of(rights: Rights) -> str:
    """The name of the role with these rights: the same wherever and whenever it is rendered."""
    if rights.admin:
        return "admin"
    text = repr([sorted(rights.pull), sorted(rights.push), sorted(rights.delete)])
    return f"r{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def may(rights: Rights, anonymous_pull: frozenset[str], verb: str, repository: str) -> bool:
    """What the settings mean: whether somebody who has signed in with these rights may do it."""
    if rights.admin:
        return True
    patterns = {
        "r": rights.reads | anonymous_pull,
        "w": rights.push,
        "d": rights.delete,
    }.get(verb, frozenset())
    return any(matches(pattern, repository) for pattern in patterns)


def _granted(role: str, rights: Rights) -> Iterable[str]:
    if rights.admin:
        yield rf"~^{role}:[rwdc]:"
        return
    for verb, patterns in (("r", rights.reads), ("w", rights.push), ("d", rights.delete)):
        if patterns:
            yield rf"~^{role}:{verb}:(?:{_alternatives(patterns)})\z"


def _mounts(role: str, rights: Rights) -> Iterable[str]:
    if rights.admin:
        yield rf"~^{role}:."
    elif rights.reads:
        yield rf"~^{role}:(?:{_alternatives(rights.reads, ENCODED_SLASH, ENCODED_OTHER)})\z"


def _alternatives(patterns: Iterable[str], slash: str = "/", other: str = "[^/]") -> str:
    return "|".join(pattern_regex(pattern, slash, other) for pattern in sorted(patterns))
