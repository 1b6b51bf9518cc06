"""Entra principals: who may pull and push."""

import re
from dataclasses import dataclass

from dockyard.later import is_later
from dockyard.reader import Reader

TYPES = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_MEMBER = re.compile(rf"(?:({'|'.join(TYPES)}):)?({_GUID})")
HINT = "an object id of Entra, with user:, group: or servicePrincipal: before it; an application's id is another one"


@dataclass(frozen=True, order=True)
class Member:
    """One principal. Its type spares Azure the question whether a new one exists yet: it need not have heard of it everywhere."""

    principal_id: str
    principal_type: str = "ServicePrincipal"


def is_member(text: str) -> bool:
    """Whether it is written as a principal."""
    return _MEMBER.fullmatch(text) is not None


def member_of(text: str) -> Member:
    """Raises ValueError for what is no principal."""
    found = _MEMBER.fullmatch(text)
    if not found:
        raise ValueError(f"is no principal: {text!r}")
    return Member(found[2].lower(), TYPES[found[1] or "servicePrincipal"])


def read_members(reader: Reader, key: str) -> tuple[Member, ...]:
    """The principals of the list under `key`, each once, sorted.

    A role assignment is a resource named after its principal, so that reordering the list changes nothing: principals must be known.
    """
    values = reader.get(key)
    if values is None:
        return ()
    if not isinstance(values, (list, tuple)):
        reader.problem(key, f"must be a list of Entra object ids, got {values!r}")
        return ()
    found = set()
    for index, value in enumerate(values):
        if is_later(value):
            hint = f"use registry.grant_{key}(NAME, principal)"
            reader.problem(f"{key}/{index}", "is known only during the deployment", hint)
        elif not isinstance(value, str) or not is_member(value):
            reader.problem(f"{key}/{index}", f"is no principal: {value!r}", HINT)
        else:
            found.add(member_of(value))
    return tuple(sorted(found))
