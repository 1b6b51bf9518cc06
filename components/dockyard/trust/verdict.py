"""What becomes of a token."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One condition, and what the token says to it."""

    condition: str
    passed: bool
    why: str
    """In words: what was wanted and what the token has."""


@dataclass(frozen=True)
class Verdict:
    """Whether the token is let in. `checks` are in the order of the policy; `failed` is what a refused token fails first."""

    allowed: bool
    checks: tuple[Check, ...]
    failed: Check | None = None


def all_of(checks: list[Check]) -> Verdict:
    """Lets in what passes every check."""
    failed = next((check for check in checks if not check.passed), None)
    return Verdict(failed is None, tuple(checks), failed)


def one_of(verdicts: list[tuple[str, Verdict]], nothing: str) -> Verdict:
    """Lets in what one of several named parts lets in; a token that none lets in failed the part it came furthest in.

    nothing: why a policy without any part lets nobody in.
    """
    if not verdicts:
        return Verdict(False, (), Check("policy", False, nothing))
    if len(verdicts) == 1:
        return verdicts[0][1]
    parts = [_named(name, verdict) for name, verdict in verdicts]
    checks = tuple(check for part in parts for check in part.checks)
    if any(part.allowed for part in parts):
        return Verdict(True, checks)
    return Verdict(False, checks, max(parts, key=_share).failed)


def _named(name: str, verdict: Verdict) -> Verdict:
    """With the part's name before every condition."""
    return all_of([Check(f"{name}: {each.condition}", each.passed, each.why) for each in verdict.checks])


def _share(verdict: Verdict) -> float:
    return sum(check.passed for check in verdict.checks) / max(len(verdict.checks), 1)


def as_list(value: object) -> list[Any]:
    """What may be written alone or as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def audience_check(wanted: list[Any], carried: list[Any]) -> Check:
    """Whether the token is made for one of those."""
    asked, got = " or ".join(map(repr, wanted)) or "none", ", ".join(map(repr, carried)) or "none"
    return Check("audiences", any(each in wanted for each in carried), f"wanted {asked}, got {got}")
