"""Differences of properties as a person may see them: secrets masked, unknowns named.

A provider that reports a detailed diff says which paths differ; otherwise old and new inputs are compared.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.engine import paths, wire
from dockyard.engine.diff import Diff
from dockyard.engine.events import SECRET, DiffKind, PropertyChange
from dockyard.engine.events import UNKNOWN as UNKNOWN_TEXT
from dockyard.engine.paths import Path
from dockyard.engine.values import UNKNOWN, Output, ResourceReference, Secret

_MISSING = object()
# PropertyDiff.Kind of provider.proto: ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE.
_KINDS = (DiffKind.ADD, DiffKind.ADD, DiffKind.DELETE, DiffKind.DELETE, DiffKind.UPDATE, DiffKind.UPDATE)


def mask(value: Any) -> Any:
    """The value as plain data, secrets as "[secret]" and unknowns as "[unknown]"."""
    if isinstance(value, Secret):
        return SECRET
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Output):
        return mask(wire.plain_output(value))
    if isinstance(value, ResourceReference):
        return {"urn": value.urn, "id": mask(value.id)}
    if isinstance(value, Mapping):
        return {key: mask(item) for key, item in value.items()}
    return [mask(item) for item in value] if isinstance(value, list) else value


def changed_keys(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """Top-level properties that differ; that one became secret is no difference."""
    return sorted(
        key for key in {*olds, *news} if not wire.equal(olds.get(key, _MISSING), news.get(key, _MISSING))
    )


def describe(
    olds: Mapping[str, Any], news: Mapping[str, Any], diff: Diff | None = None
) -> tuple[PropertyChange, ...]:
    """What differs between old and new inputs, in the provider's words where it gave a detailed diff."""
    replaces = [paths.parse(key) for key in diff.replaces] if diff else []
    if diff is not None and diff.detailed:
        return tuple(_detailed(olds, news, text, kind) for text, kind in sorted(diff.detailed.items()))
    found = list(_compare((), dict(olds), dict(news)))
    return tuple(
        PropertyChange(
            path=paths.show(path),
            kind=kind,
            old=old,
            new=new,
            replaces=any(paths.contains(replace, path) for replace in replaces),
        )
        for path, kind, old, new in found
    )


def _detailed(olds: Mapping[str, Any], news: Mapping[str, Any], text: str, kind: int) -> PropertyChange:
    path = _parsed(text)
    return PropertyChange(
        path=text, kind=_KINDS[kind], old=_at(olds, path), new=_at(news, path), replaces=kind % 2 == 1
    )


def _parsed(text: str) -> Path:
    # A provider may name a path that is none ("#initerror", a message): it is shown as it is.
    try:
        return paths.parse(text)
    except ValueError:
        return (text,)


def _at(value: Any, path: Path) -> Any:
    """The masked value at a path, None where there is none; all below a secret is secret."""
    for part in path:
        if isinstance(value, Secret):
            return SECRET
        inside = isinstance(value, Mapping) and part in value
        within = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not (inside or within):
            return None
        value = value[part]
    return mask(value)


def _compare(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, DiffKind, Any, Any]]:
    if wire.equal(old, new):
        return
    if old is _MISSING:
        yield path, DiffKind.ADD, None, mask(new)
    elif new is _MISSING:
        yield path, DiffKind.DELETE, mask(old), None
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _compare((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _MISSING
            after = new[index] if index < len(new) else _MISSING
            yield from _compare((*path, index), before, after)
    else:
        yield path, DiffKind.UPDATE, mask(old), mask(new)
