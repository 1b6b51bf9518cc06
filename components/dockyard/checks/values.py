"""Properties of resources as they come: plain values of any shape, some of them not known before the deployment.

Nothing here raises. What is unknown is told apart from what is missing or malformed, so that a check can judge the one and leave the
other alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

LONGEST_QUOTE = 120


class Unknown:
    """The type of UNKNOWN. It is neither true nor equal to anything else."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown()
"""Stands for a value that is known during the deployment only."""


def at(value: object, *path: str | int) -> Any:
    """What stands under the path; None where nothing does, UNKNOWN where that cannot be told yet."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(key, int):
            items = value if _is_list(value) else ()
            value = items[key] if -len(items) <= key < len(items) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def first(value: object, *keys: str) -> Any:
    """What stands under the first of the keys that there is."""
    found = (at(value, key) for key in keys)
    return next((each for each in found if each is not None), None)


def many(value: object) -> list[Any]:
    """What may be written alone or as a list; nothing where it is missing or unknown. Items may be UNKNOWN."""
    if value is None or value is UNKNOWN:
        return []
    return list(value) if _is_list(value) else [value]


def texts(value: object) -> list[str]:
    """The texts among `many`."""
    return [each for each in many(value) if isinstance(each, str)]


def text(value: object) -> str:
    """A text, or "" for anything else."""
    return value if isinstance(value, str) else ""


def flag(value: object) -> bool | None:
    """A yes or no, also as the text that some programs write; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def number(value: object) -> float | None:
    """A number, also as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    digits = text(value).strip()
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None


def has_unknown(value: object) -> bool:
    """Whether any part of it is not known yet."""
    return any(each is UNKNOWN for each in leaves(value))


def leaves(value: object) -> Iterator[Any]:
    """Every value in it that is neither an object nor a list, in order."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, Mapping):
            pending.extend(reversed(list(each.values())))
        elif _is_list(each):
            pending.extend(reversed(each))
        else:
            yield each


def quoted(value: object) -> str:
    """A value for a message: short, on one line. Never for what may be a password."""
    shown = repr(value)
    return shown if len(shown) <= LONGEST_QUOTE else f"{shown[:LONGEST_QUOTE]}…"


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
