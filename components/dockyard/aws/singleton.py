"""What an account has once in each region: two components that set it would overwrite each other at every deployment."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

from pulumi.runtime.settings import get_monitor

_claims: WeakKeyDictionary[Any, dict[Hashable, tuple[Hashable, str]]] = WeakKeyDictionary()
"""Per program, known by its connection to the engine: what is claimed, by whom and under what name."""


def other_claim(key: Hashable, owner: Hashable, name: str) -> str:
    """Claims `key` in this program. The name of another owner who did so before; "" where there is none."""
    claims = _claims.setdefault(get_monitor(), {})
    first, first_name = claims.setdefault(key, (owner, name))
    return "" if first == owner else first_name
