"""IAM members: who may pull and push."""

import re

from dockyard.later import is_later
from dockyard.reader import Reader
from dockyard.trust.gcp import member_refusal

_PREFIXES = ("user:", "group:", "serviceAccount:", "domain:", "principal://", "principalSet://")
_MEMBER = re.compile(r"(?:user|group|serviceAccount):[^@\s]+@[^@\s]+|domain:[^@\s]+|principal(?:Set)?://\S+")
_ANYONE = ("allUsers", "allAuthenticatedUsers")
_KINDS = f"it begins with {', '.join(_PREFIXES[:-1])} or {_PREFIXES[-1]}"


def read_members(reader: Reader, key: str) -> tuple[str, ...]:
    """The members of the list under `key`, each once, sorted.

    A grant is a resource named after its member, so that reordering the list changes nothing: members must be known.
    Source of their spelling: "Principal identifiers" in the documentation of IAM.
    """
    values = reader.get(key)
    if values is None:
        return ()
    if not isinstance(values, (list, tuple)):
        reader.problem(key, f"must be a list of IAM members, got {values!r}")
        return ()
    found = set()
    for index, value in enumerate(values):
        path = f"{key}/{index}"
        if is_later(value):
            reader.problem(
                path, "is known only during the deployment", f"use registry.grant_{key}(NAME, member)"
            )
        elif not isinstance(value, str):
            reader.problem(path, f"must be text, got {value!r}")
        elif (problem := member_problem(value, pushes=key == "push"))[0]:
            reader.problem(path, *problem)
        else:
            found.add(value)
    return tuple(sorted(found))


def member_problem(member: str, pushes: bool) -> tuple[str, str]:
    """What is wrong with a member that is to pull or to push, and a hint; two empty texts where it may."""
    if member in _ANYONE:
        hint = "name who may push; pulling may be open to allUsers"
        return ("would let anyone push", hint) if pushes else ("", "")
    if not _MEMBER.fullmatch(member):
        return f"is not an IAM member: {member!r}", _KINDS
    refused = member_refusal("", member)
    return (refused.message, refused.hint) if refused else ("", "")
