"""What a condition in CEL, Google's language for them, pins down.

A condition is read as far as it compares claims with texts; whatever else stands in it pins nothing, and does no harm beside `&&`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum

from dockyard.checks.subjects import has_ids
from dockyard.trust.github import FIRST_CLAIMS


class Pins(IntEnum):
    """How firmly a condition says which repositories are meant."""

    NOTHING = 0
    NAME = 1
    """By a name, which can be taken over."""
    NUMBER = 2


LONGEST, DEEPEST = 4096, 40
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|&&|\|\||==|!=|[A-Za-z_][\w.]*|\s+|.""", re.S)
_CLAIM = re.compile(r"(?:assertion|attribute)\.([a-z_]+)|google\.(subject)")
_INDEXED = re.compile(r"assertion\[(?:'([a-z_]+)'|\"([a-z_]+)\")\]")
_NUMBERS = {"repository_id", "repository_owner_id", "project_id", "namespace_id", "enterprise_id"}
_NAMES = {"repository", "repository_owner", "project_path", "namespace_path"}


def pins(condition: str, mapping: Mapping[str, object]) -> Pins:
    """What the condition pins. mapping: `attributeMapping`, which says what `attribute.x` stands for."""
    tokens = [each for each in _TOKEN.findall(condition[: LONGEST + 1]) if not each.isspace()]
    if len(condition) > LONGEST or _depth(tokens) > DEEPEST:
        return Pins.NOTHING
    return _level(tokens, mapping)


def _depth(tokens: Sequence[str]) -> int:
    depth = deepest = 0
    for each in tokens:
        depth += (each == "(") - (each == ")")
        deepest = max(deepest, depth)
    return deepest


def _level(tokens: Sequence[str], mapping: Mapping[str, object]) -> Pins:
    while _is_group(tokens):
        tokens = tokens[1:-1]
    if "?" in tokens:
        return Pins.NOTHING
    alternatives = list(_split(tokens, "||"))
    if len(alternatives) > 1:
        return min(_level(each, mapping) for each in alternatives)
    parts = list(_split(tokens, "&&"))
    if len(parts) > 1:
        return max(_level(each, mapping) for each in parts)
    return _leaf(tokens, mapping)


def _is_group(tokens: Sequence[str]) -> bool:
    """Whether one pair of parentheses is around all of it."""
    depth = 0
    for index, each in enumerate(tokens):
        depth += (each == "(") - (each == ")")
        if not depth:
            return index == len(tokens) - 1 and len(tokens) > 1 and tokens[0] == "("
    return False


def _split(tokens: Sequence[str], operator: str) -> Iterator[Sequence[str]]:
    depth = start = 0
    for index, each in enumerate(tokens):
        depth += (each in ("(", "[")) - (each in (")", "]"))
        if each == operator and not depth:
            yield tokens[start:index]
            start = index + 1
    yield tokens[start:]


def _leaf(tokens: Sequence[str], mapping: Mapping[str, object]) -> Pins:
    """One comparison: a claim with a text, either way round, or with a list of them."""
    for operator in ("==", "in"):
        sides = list(_split(tokens, operator))
        if len(sides) != 2:
            continue
        left, right = sides
        orders = [(left, right)] if operator == "in" else [(left, right), (right, left)]
        for claim, values in orders:
            name, literals = _claim("".join(claim), mapping), _literals(values)
            if name and literals:
                return min(_worth(name, each) for each in literals)
    return Pins.NOTHING


def _claim(text: str, mapping: Mapping[str, object]) -> str:
    """The claim of the token that is meant; "" for anything else."""
    if (indexed := _INDEXED.fullmatch(text)) is not None:
        return indexed[1] or indexed[2]
    matched = _CLAIM.fullmatch(text)
    if matched and text.startswith("assertion."):
        return matched[1]
    source = _CLAIM.fullmatch(str(mapping.get(text, "")).strip()) if matched else None
    return source[1] or "" if source else ""


def _literals(tokens: Sequence[str]) -> list[str]:
    """The texts, where there is nothing but one text or a list of them."""
    if len(tokens) > 1 and tokens[0] == "[" and tokens[-1] == "]":
        tokens = [each for each in tokens[1:-1] if each != ","]
    found = [each[1:-1] for each in tokens if each[0] in "'\"" and len(each) > 2]
    return found if len(found) == len(tokens) else []


def _worth(claim: str, value: str) -> Pins:
    if claim == "sub":
        if has_ids(value):
            return Pins.NUMBER
        return Pins.NAME if value.partition(":")[0] in (*FIRST_CLAIMS, "project_path") else Pins.NOTHING
    if claim in _NUMBERS:
        return Pins.NUMBER if value.isdigit() else Pins.NOTHING
    return Pins.NAME if claim in _NAMES else Pins.NOTHING
