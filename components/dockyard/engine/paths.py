"""Property paths (`root.array[0]["key.with.dots"]`, `list[*].name`): in ignoreChanges, replaceOnChanges and
detailed diffs.

Grammar as in Pulumi's `sdk/go/common/resource/property_path.go`.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from dockyard.engine.values import Secret

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\[(\*)\]|\["((?:[^"\\]|\\.)*)"\]')
_MISSING = object()


def parse(text: str) -> Path:
    """The keys and indices of a path. Raises ValueError where it is none."""
    path: list[str | int] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not a property path: {text!r}")
        key, index, star, quoted = match.groups()
        if index is not None:
            path.append(int(index))
        else:
            path.append(key or star or quoted.replace('\\"', '"'))
        position = match.end()
    return tuple(path)


def show(path: Path) -> str:
    """The path as text."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r'[^.\[\]"]+', part):
            text += f".{part}" if text else part
        else:
            escaped = part.replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def contains(outer: Path, inner: Path) -> bool:
    """True where `inner` is `outer` or lies within it; "*" stands for any key or index."""
    return len(outer) <= len(inner) and all(a in ("*", b) for a, b in zip(outer, inner, strict=False))


def reset(news: Mapping[str, Any], olds: Mapping[str, Any], ignored: list[str]) -> dict[str, Any]:
    """`news` with every ignored path set back to what `olds` has there, or removed where it has nothing."""
    result = dict(news)
    for text in ignored:
        result = _reset(result, olds, parse(text))
    return result


def _reset(new: Any, old: Any, path: Path) -> Any:
    secret = isinstance(new, Secret)
    bare_new = new.value if isinstance(new, Secret) else new
    bare_old = old.value if isinstance(old, Secret) else old
    result = _reset_bare(bare_new, bare_old, path)
    return Secret(result) if secret else result


def _reset_bare(new: Any, old: Any, path: Path) -> Any:
    first, rest = path[0], path[1:]
    if first == "*":
        keys = list(new) if isinstance(new, dict) else list(range(len(new))) if isinstance(new, list) else []
        for key in keys:
            new = _reset_bare(new, old, (key, *rest))
        return new
    if not isinstance(new, dict | list):
        return new
    result = copy.copy(new)
    before, now = _get(old, first), _get(new, first)
    if rest:
        if before is not _MISSING and now is not _MISSING:
            _set(result, first, _reset(now, before, rest))
    elif before is not _MISSING:
        _set(result, first, before)
    elif isinstance(result, dict) and isinstance(first, str):
        result.pop(first, None)
    return result


def _get(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(key), _MISSING)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return _MISSING


def _set(value: Any, key: str | int, item: Any) -> None:
    if isinstance(value, dict):
        value[str(key)] = item
    elif isinstance(key, int) and key < len(value):
        value[key] = item
