"""Reading plain settings: every problem is collected with its path, so that all are told at once."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dockyard.errors import Problem


class Reader:
    """Reads one mapping. A key that is not read before `finish` is a problem: an unknown setting is never ignored."""

    def __init__(self, values: object, problems: list[Problem], path: str = "") -> None:
        self.path = path
        self.problems = problems
        self.values: dict[str, Any] = {}
        self._known: set[str] = set()
        if isinstance(values, Mapping):
            self.values = {str(key): value for key, value in values.items()}
        elif values is not None:
            problems.append(Problem(path or "settings", f"must be an object, got {_shown(values)}"))

    def at(self, key: object) -> str:
        return f"{self.path}/{key}" if self.path else str(key)

    def problem(self, key: object, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.at(key), message, hint))

    def get(self, key: str) -> Any:
        self._known.add(key)
        return self.values.get(key)

    def text(self, key: str, default: str = "") -> str:
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.problem(key, f"must be text, got {_shown(value)}")
            return default
        return value

    def integer(self, key: str, default: int, low: int, high: int, hint: str = "") -> int:
        """A whole number between the two, both allowed. Pulumi hands numbers over as floats: 8443.0 is 8443."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(key, f"must be a whole number, got {_shown(value)}")
            return default
        if not low <= value <= high:
            self.problem(key, f"must be between {low} and {high}, got {value}", hint)
            return default
        return value

    def boolean(self, key: str, default: bool) -> bool:
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, f"must be true or false, got {_shown(value)}")
            return default
        return value

    def choice(self, key: str, default: str, choices: Collection[str]) -> str:
        value = self.text(key, default)
        if value not in choices:
            self.problem(key, f"must be one of {', '.join(choices)}, got {value!r}")
            return default
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            self.problem(key, f"must be a list of texts, got {_shown(value)}")
            return default
        return tuple(value)

    def objects(self, key: str) -> Iterator[tuple[str, "Reader"]]:
        """The entries of a mapping of mappings, by name; an entry may be empty."""
        entries = Reader(self.get(key), self.problems, self.at(key))
        for name in sorted(entries.values):
            yield name, Reader(entries.values[name], self.problems, entries.at(name))

    def finish(self) -> None:
        for key in self.values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, 1)
                known = ", ".join(sorted(self._known))
                self.problem(
                    key, "unknown key", f"did you mean {near[0]!r}?" if near else f"known keys: {known}"
                )


def _shown(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
