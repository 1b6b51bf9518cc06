"""YAML as the CLI's parser (Go, yaml.v3) reads it:

`on` and `1:30` are text, `0o17` and `017` are numbers, keys are never repeated.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from dockyard.errors import DockyardError

_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^[-+]?(?:0[xX][0-9a-fA-F_]+|0o?[0-7_]+|0[bB][01_]+|0|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_DATE = re.compile(r"^\d{4}-\d\d?-\d\d?(?:$|[Tt ])")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")


class _Loader(yaml.SafeLoader):
    """Without PyYAML's own rules for plain words, which are those of YAML 1.1."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern in (
    ("bool", _BOOL),
    ("int", _INT),
    ("float", _FLOAT),
    ("timestamp", _DATE),
    ("null", _NULL),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, None)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if re.fullmatch(r"0[0-7]+", digits):
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> Any:
    raise yaml.constructor.ConstructorError(
        None, None, f"{node.value} is a date in YAML: put it in quotes to keep it as text", node.start_mark
    )


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} stands twice", key.start_mark
            )
        seen.add(key.value)
    loader.flatten_mapping(node)
    return {
        str(loader.construct_object(key, deep=True)): loader.construct_object(item, deep=True)
        for key, item in node.value
    }


_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, {} where it is empty.

    Raises DockyardError naming file, line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DockyardError(f"cannot read {path}: {error}") from error
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 -- a SafeLoader with fewer rules
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise DockyardError(f"{path}{where}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise DockyardError(f"{path}: {error}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise DockyardError(f"{path}: expected a mapping, got {type(data).__name__}")
    return data
