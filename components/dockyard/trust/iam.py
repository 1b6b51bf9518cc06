"""Conditions of IAM, as AWS evaluates them.

Sources: "IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys" and "Policy evaluation logic" of
AWS's documentation. Operators beyond those of text and `Null` have no use in a trust of CI and are refused, never guessed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dockyard.errors import DockyardError

_OPERATOR = re.compile(
    r"(?:(ForAllValues|ForAnyValue):)?(String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Null)(IfExists)?"
)
_TOKEN = re.compile(r"\$\{(.*?)\}|(\*)|(\?)|(.)", re.S)


@dataclass(frozen=True)
class Operator:
    """An operator of a condition: `ForAnyValue:StringNotLikeIfExists`."""

    quantifier: str
    base: str
    if_exists: bool

    @classmethod
    def parse(cls, text: str) -> "Operator":
        """Raises DockyardError for an operator that is not evaluated here."""
        matched = _OPERATOR.fullmatch(text)
        if not matched:
            hint = "the operators of text and Null are, with ForAllValues, ForAnyValue and IfExists"
            raise DockyardError(f"condition operator {text!r} is not evaluated here", hint)
        return cls(matched[1] or "", matched[2], bool(matched[3]))

    @property
    def negative(self) -> bool:
        return "Not" in self.base

    def holds(self, values: list[str] | None, patterns: Iterable[str], variables: bool) -> bool:
        """Whether a key with these values passes. values: None where the key is absent. variables: whether ${…} is special."""
        wanted = list(patterns)
        if self.base == "Null":
            return any((pattern.lower() == "true") is (values is None) for pattern in wanted)
        fits = _matcher(self.base, wanted, variables)
        if values is None:
            return (
                self.if_exists or self.quantifier == "ForAllValues" or (not self.quantifier and self.negative)
            )
        outcomes = [fits(value) is not self.negative for value in values]
        if self.quantifier == "ForAnyValue":
            return any(outcomes)
        # Without a set operator a key has one value; AWS leaves open what several mean, so that they pass nothing here.
        return all(outcomes) and (bool(self.quantifier) or self.negative or len(outcomes) == 1)


def _matcher(base: str, patterns: list[str], variables: bool) -> Callable[[str], bool]:
    like, fold = base.endswith("Like"), base.endswith("IgnoreCase")
    compiled = [
        re.compile(_regex(pattern, like, variables), re.S | (re.I if fold else 0)) for pattern in patterns
    ]
    return lambda value: any(pattern.fullmatch(value) for pattern in compiled)


def _regex(pattern: str, like: bool, variables: bool) -> str:
    """A pattern of IAM as a regular expression."""
    parts = []
    for matched in _TOKEN.finditer(pattern):
        if matched[1] is not None and variables:
            if matched[1] not in ("*", "?", "$"):
                raise DockyardError(f"the policy variable {matched[0]} is not evaluated here")
            parts.append(re.escape(matched[1]))
        elif like and matched[2]:
            parts.append(".*")
        elif like and matched[3]:
            parts.append(".")
        else:
            parts.append(re.escape(matched[0]))
    return "".join(parts)


def texts(value: object) -> list[str]:
    """A value of a token or of a policy as IAM sees it: a list of texts."""
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]


def lowered(keys: Mapping[str, object]) -> dict[str, object]:
    """Condition keys are not case-sensitive; their values are."""
    return {key.lower(): value for key, value in keys.items()}
