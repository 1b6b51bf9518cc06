"""One change to a stack's file by hand: comments, order and spelling of everything else stay.

`pulumi config set --path` would write the file anew, and there is not always a `pulumi`; so both engines get the same edit. The YAML
parser says where the keys stand, the text between is cut or put in, and the result is read again: a form that the edit does not
understand is refused, with what to write by hand.
"""

import json
from collections.abc import Callable
from typing import Any

import yaml

from dockyard.errors import DockyardError

Path = tuple[str | int, ...]


def set_value(text: str, path: Path, value: str | int) -> str:
    """The YAML with this value at the path, whose mapping must be there. Raises DockyardError."""
    hint = f"write `{path[-1]}: {json.dumps(value)}` there by hand, then run `up`"

    def change(data: Any) -> None:
        _at(data, path[:-1])[path[-1]] = str(value)

    return _checked(text, path, _set(text, path, json.dumps(value)), change, hint)


def remove(text: str, path: Path) -> str:
    """The YAML without what stands at the path. Raises DockyardError."""

    def change(data: Any) -> None:
        del _at(data, path[:-1])[path[-1]]

    return _checked(text, path, _cut(text, path), change, "take it out there by hand, then run `up`")


def _checked(text: str, path: Path, new: str, change: Callable[[Any], None], hint: str) -> str:
    wanted = yaml.load(text, yaml.BaseLoader)  # noqa: S506 -- it makes texts alone
    change(wanted)
    try:
        found = yaml.load(new, yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError:
        found = None
    # What has an alias is in two places.
    if found != wanted or any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
        raise DockyardError(f"the form of {_shown(path)} is not understood", hint)
    return new


def _set(text: str, path: Path, value: str) -> str:
    node = _node(text, path[:-1])
    for key, old in _pairs(node):
        if key.value == path[-1]:
            start, end = int(old.start_mark.index), int(old.end_mark.index)
            return text[:start] + value + text[end:]
    entry = f"{path[-1]}: {value}"
    if node.flow_style:
        end = int(node.end_mark.index) - 1
        separator = ", " if node.value else ""
        return text[:end].rstrip() + separator + entry + text[end:]
    first = node.value[0][0].start_mark
    start = int(first.index)
    return text[:start] + entry + "\n" + " " * int(first.column) + text[start:]


def _cut(text: str, path: Path) -> str:
    node = _node(text, path[:-1])
    spans = [
        (entry[0].start_mark, _end(entry[1])) if isinstance(entry, tuple) else (entry.start_mark, _end(entry))
        for entry in node.value
    ]
    place = _place(node, path[-1])
    start, end = spans[place][0].index, spans[place][1]
    if len(spans) == 1:
        # An emptied block would be null.
        empty = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        return text[: node.start_mark.index] + empty + text[_end(node) :]
    if node.flow_style:
        if place + 1 < len(spans):
            return text[:start] + text[spans[place + 1][0].index :]
        return text[: spans[place - 1][1]] + text[end:]
    line = text.rfind("\n", 0, start) + 1
    after = text.find("\n", end) + 1 or len(text)
    return text[:line] + text[after:]


def _end(node: yaml.Node) -> int:
    """Where its text ends: a block's own end would be past the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _place(node: yaml.Node, key: str | int) -> int:
    if isinstance(key, int):
        return key
    return [name.value for name, _ in _pairs(node)].index(key)


def _node(text: str, path: Path) -> yaml.CollectionNode:
    node = yaml.compose(text, yaml.SafeLoader)
    for depth, key in enumerate(path):
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key]
            continue
        found = [value for name, value in _pairs(node) if name.value == key]
        if not found:
            raise DockyardError(f"there is no {_shown(path[: depth + 1])}")
        node = found[0]
    if not isinstance(node, yaml.CollectionNode):
        raise DockyardError(f"the form of {_shown(path)} is not understood", "it must be written out there")
    return node


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


def _shown(path: Path) -> str:
    return "/".join(map(str, path))
