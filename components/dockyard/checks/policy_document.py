"""Policy documents of AWS, in whichever of their forms they were written.

Source: "Grammar of the IAM JSON policy language" of AWS's documentation: nearly everything may stand alone or in a list.
"""

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.checks.values import UNKNOWN, has_unknown, leaves, many, text


@dataclass(frozen=True)
class Condition:
    """One key under one operator: `ForAnyValue:StringLikeIfExists` of `aws:PrincipalOrgPaths`."""

    operator: str
    """Without its quantifier and without IfExists."""
    key: str
    """In lower case: keys are not case-sensitive."""
    values: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False
    unknown: bool = False
    """Whether a value is known during the deployment only."""

    @property
    def requires(self) -> bool:
        """Whether it holds only where the key is there and has one of the values."""
        # ForAllValues holds of nothing at all, IfExists where the key is absent, a negative one for every other value.
        return self.quantifier != "ForAllValues" and not self.if_exists and "Not" not in self.operator

    @property
    def like(self) -> bool:
        """Whether `*` and `?` stand for other text in its values."""
        return self.operator in ("StringLike", "ArnLike", "ArnEquals")


@dataclass(frozen=True)
class Statement:
    """One statement."""

    label: str
    """Its Sid, or which of them it is."""
    allows: bool
    principals: tuple[tuple[str, str], ...]
    """Kind, such as AWS or Federated, and who; `*` alone is ("*", "*")."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    inverted: tuple[str, ...]
    """Which of NotPrincipal, NotAction and NotResource it has."""
    condition_unknown: bool = False
    """Whether there may be conditions that are known during the deployment only."""

    def may(self, *wanted: str) -> list[str]:
        """Which of these actions it speaks of; all of them where it has NotAction."""
        if "NotAction" in self.inverted:
            return list(wanted)
        return [each for each in wanted if any(fits(each, action) for action in self.actions)]

    def condition(self, *suffixes: str) -> list[Condition]:
        """Conditions of keys that end so."""
        return [each for each in self.conditions if each.key.endswith(tuple(map(str.lower, suffixes)))]


def fits(action: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))


@dataclass(frozen=True)
class Document:
    """A policy document. problem: why it is none, "" where it is one, or where nothing of it is known yet."""

    statements: tuple[Statement, ...] = ()
    problem: str = ""

    @property
    def allowing(self) -> Iterable[Statement]:
        return (each for each in self.statements if each.allows)


def read(value: Any) -> Document:
    """The document in a text, or in an object. Never raises."""
    if value is UNKNOWN:
        return Document()
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return Document(problem="is no JSON")
    if not isinstance(value, Mapping):
        return Document(problem="is no policy document")
    statements = value.get("Statement")
    if statements is UNKNOWN:
        return Document()
    entries = many(statements)
    if not entries or not all(isinstance(each, Mapping) or each is UNKNOWN for each in entries):
        return Document(problem="has no statements")
    known = [
        _statement(entry, number) for number, entry in enumerate(entries, 1) if isinstance(entry, Mapping)
    ]
    return Document(tuple(known))


def _statement(entry: Mapping[str, Any], number: int) -> Statement:
    return Statement(
        label=text(entry.get("Sid")) or f"statement {number}",
        # What is malformed is taken for the worse of both.
        allows=entry.get("Effect") not in ("Deny", UNKNOWN),
        principals=tuple(_principals(entry.get("Principal"))),
        actions=tuple(_known(entry.get("Action"))),
        resources=tuple(_known(entry.get("Resource"))),
        conditions=tuple(_conditions(entry.get("Condition"))),
        inverted=tuple(key for key in ("NotPrincipal", "NotAction", "NotResource") if key in entry),
        condition_unknown=_later(entry.get("Condition")),
    )


def _later(conditions: Any) -> bool:
    parts = conditions.values() if isinstance(conditions, Mapping) else ()
    return conditions is UNKNOWN or any(each is UNKNOWN for each in parts)


def _known(value: Any) -> Iterator[str]:
    """Every text in it, also a number as AWS reads one."""
    for each in leaves(value):
        if isinstance(each, bool):
            yield str(each).lower()
        elif isinstance(each, str | int):
            yield str(each)
        elif isinstance(each, float):
            yield f"{each:.0f}" if each.is_integer() else str(each)


def _principals(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for kind, members in value.items():
            yield from ((str(kind), each) for each in _known(members))
    else:
        yield from (("*" if each == "*" else "AWS", each) for each in _known(value))


def _conditions(value: Any) -> Iterator[Condition]:
    for operator, keys in value.items() if isinstance(value, Mapping) else ():
        quantifier, _, name = str(operator).rpartition(":")
        base = name.removesuffix("IfExists")
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            yield Condition(
                operator=base,
                key=str(key).lower(),
                values=tuple(_known(values)),
                quantifier=quantifier,
                if_exists=base != name,
                unknown=has_unknown(values),
            )
