"""The typed `config:` block of Pulumi.yaml: which keys there are, of which type, with which default.

Rules as in Pulumi's `sdk/go/common/workspace/project.go` (RewriteShorthandConfigValues, Project.Validate,
ValidateConfigValue).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.engine.project import Project
from dockyard.errors import Problem, ProblemsError

_TYPES = ("string", "integer", "boolean", "object", "array")
_INTEGER = re.compile(r"[-+]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One key.

    type: "integer", "array<string>", ..., "" where any will do. value: its default, None where it has none.
    """

    key: str
    type: str = ""
    value: Any = None
    secret: bool = False
    required: bool = False

    def accepts(self, value: Any) -> bool:
        """True where the value is of the type; a scalar may come as its text, as in stack files."""
        return not self.type or _is(value, self.type)


def _is(value: Any, type_: str) -> bool:
    if type_ == "string":
        return isinstance(value, str)
    if type_ == "integer":
        if isinstance(value, str):
            return bool(_INTEGER.fullmatch(value))
        return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    if type_ == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if type_ == "object":
        return isinstance(value, dict)
    return isinstance(value, list) and all(_is(item, type_.removeprefix("array<")[:-1]) for item in value)


def declarations(project: Project) -> dict[str, Declaration]:
    """The declared keys, with their namespace. Raises ProblemsError for all that is wrong in the block."""
    found: dict[str, Declaration] = {}
    problems: list[Problem] = []
    for name, given in project.config.items():
        own = ":" not in name or name.startswith(f"{project.name}:")
        key = name if ":" in name else f"{project.name}:{name}"
        # Shorthand: a scalar or list is the default of the project's own key, the value of another's.
        block = given if isinstance(given, dict) else {"default" if own else "value": given}
        path = f"config/{name}"
        problems += [Problem(path, message) for message in _mistakes(block, own)]
        if not problems:
            value = block.get("default") if block.get("default") is not None else block.get("value")
            found[key] = Declaration(
                key, _type(block), value, bool(block.get("secret")), own and value is None
            )
    if problems:
        raise ProblemsError(str(project.file), problems)
    return found


def _type(block: Mapping[str, Any]) -> str:
    if block.get("type") == "array" and isinstance(block.get("items"), dict):
        return f"array<{_type(block['items'])}>"
    return str(block.get("type") or "")


def _mistakes(block: Mapping[str, Any], own: bool) -> list[str]:
    found = [f"has the unknown key {key!r}" for key in block if key not in _KEYS]
    if block.get("default") is not None and block.get("value") is not None:
        found.append("has both a default and a value")
    if not own:
        if "type" in block or "default" in block:
            found.append("is of another namespace: it may have a value, but no type and no default")
        elif block.get("value") is None:
            found.append("is of another namespace and needs a value")
        return found
    wrong = _wrong_type(block)
    if wrong:
        return [*found, wrong]
    default = block.get("default")
    if default is not None and not Declaration("", _type(block)).accepts(default):
        found.append(f"has a default that is not of type {_type(block)}: {default!r}")
    return found


_KEYS = ("type", "description", "items", "default", "value", "secret")


def _wrong_type(block: Mapping[str, Any]) -> str:
    type_ = block.get("type")
    if type_ is None:
        return ""
    if type_ not in _TYPES:
        return f"has the unknown type {type_!r}; types are {', '.join(_TYPES)}"
    if type_ == "array":
        items = block.get("items")
        if not isinstance(items, dict) or not items.get("type"):
            return "is an array and does not say of what: `items: {type: ...}`"
        return _wrong_type(items)
    return ""
