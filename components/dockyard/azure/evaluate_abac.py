"""Judges the condition of a role assignment, as Azure does: what may be done with which repository.

It reads the text of a condition, of which it knows as much as `dockyard.azure.abac` writes. Source: "Azure role assignment condition
format and syntax".
"""

import re

from dockyard.azure.abac import ATTRIBUTE, Role
from dockyard.errors import DockyardError

_TOKEN = re.compile(
    r"\s*(?:(?P<word>AND|OR)\b|(?P<mark>[()!])|ActionMatches\{'(?P<action>[^']*)'\}"
    r"|@Request\[(?P<attribute>[^\]]*)\]\s+(?P<operator>\w+)\s+'(?P<value>[^']*)')"
)


def allows(role: Role, condition: str, action: str, repository: str) -> bool:
    """Whether an assignment of the role lets its principal do this with the repository. condition: "" for none.

    Raises DockyardError for a condition that is not understood.
    """
    given = action.lower() in {own.lower() for own in role.actions}
    return given and (not condition or _Condition(condition, action, repository).value())


class _Condition:
    """One reading of the text, for one action on one repository."""

    def __init__(self, text: str, action: str, repository: str) -> None:
        self.text, self.place = text.rstrip(), 0
        self.action, self.repository = action.lower(), repository.lower()

    def value(self) -> bool:
        result = self._any()
        if self.place != len(self.text):
            raise self._error()
        return result

    def _any(self) -> bool:
        result = self._all()
        while self._take("OR"):
            result |= self._all()
        return result

    def _all(self) -> bool:
        result = self._one()
        while self._take("AND"):
            result &= self._one()
        return result

    def _one(self) -> bool:
        if self._take("!"):
            return not self._one()
        if self._take("("):
            result = self._any()
            if not self._take(")"):
                raise self._error()
            return result
        found = self._next()
        if found is None or not found.lastgroup or found["word"] or found["mark"]:
            raise self._error()
        self.place = found.end()
        if found["action"] is not None:
            return found["action"].lower() == self.action
        return self._compare(found["attribute"], found["operator"], found["value"].lower())

    def _compare(self, attribute: str, operator: str, value: str) -> bool:
        if attribute == ATTRIBUTE and operator == "StringEqualsIgnoreCase":
            return self.repository == value
        if attribute == ATTRIBUTE and operator == "StringStartsWithIgnoreCase":
            return self.repository.startswith(value)
        raise self._error()

    def _next(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def _take(self, wanted: str) -> bool:
        found = self._next()
        if found is None or wanted not in (found["word"], found["mark"]):
            return False
        self.place = found.end()
        return True

    def _error(self) -> DockyardError:
        return DockyardError(f"the condition is not understood at character {self.place}")
