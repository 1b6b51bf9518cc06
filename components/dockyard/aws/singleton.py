"""What an account has once in each region: two components that set it would overwrite each other at every deployment."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from pulumi.runtime.settings import get_monitor


class _Claims:
    """Those of one program. owners: each with its name, in the order of their first claims; holders: who holds each key."""

    def __init__(self) -> None:
        self.owners: dict[Hashable, str] = {}
        self.holders: dict[Hashable, Hashable] = {}


_programs: WeakKeyDictionary[Any, _Claims] = WeakKeyDictionary()
"""Per program, known by its connection to the engine."""


def conflict(key: Hashable, owner: Hashable, name: str) -> tuple[str, str] | None:
    """Claims `key` in this program. Where another owner holds it: the names of both, whose first claim was first in front.

    What is known during the deployment only becomes known in any order, so that the order of the keys says nothing.
    """
    claims = _programs.setdefault(get_monitor(), _Claims())
    claims.owners.setdefault(owner, name)
    holder = claims.holders.setdefault(key, owner)
    if holder == owner:
        return None
    first, second = (claims.owners[each] for each in claims.owners if each in (holder, owner))
    return first, second
