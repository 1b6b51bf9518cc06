"""Waivers: what a stack may violate, why, and until when."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dockyard.checks.waivers import LONGEST, names
from dockyard.engine.violations import Violation
from dockyard.errors import DockyardError, Problem, ProblemsError

EXPIRED, UNUSED = "waiver-expired", "waiver-unused"
_DESCRIPTIONS = {
    EXPIRED: "A waiver holds until its date: what it excused counts again.",
    UNUSED: "A waiver that excuses nothing hides the next violation.",
}
_KEYS = ("rule", "resource", "reason", "until")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Accepts what one rule has against one resource.

    rule: the name of the policy. resource: as `dockyard.checks.waivers` names it. until: the last day on which it holds.
    """

    rule: str
    resource: str
    reason: str
    until: date

    def covers(self, violation: Violation) -> bool:
        """Whether it is about this violation."""
        return self.rule == violation.policy and self.resource in names(violation.urn)


@dataclass(frozen=True, slots=True)
class Waived:
    """A violation that does not count."""

    violation: Violation
    waiver: Waiver


def read(setting: str | None, path: str, today: date) -> tuple[Waiver, ...]:
    """The waivers of a stack.

    setting: as JSON, a list of objects with rule, resource, reason, until (YYYY-MM-DD), which packs that know waivers
    take from the CLI in the same form. path: of that setting, for messages. Raises ProblemsError for all that is wrong.
    """
    try:
        given = json.loads(setting) if setting else []
    except ValueError as error:
        raise DockyardError(f"{path}: is no JSON: {error}") from None
    if not isinstance(given, list):
        raise ProblemsError("policies", [Problem(path, f"must be a list, got {given!r}")])
    problems = [
        problem for index, item in enumerate(given) for problem in _problems(item, f"{path}/{index}", today)
    ]
    if problems:
        raise ProblemsError("policies", problems)
    return tuple(Waiver(**{**item, "until": date.fromisoformat(item["until"])}) for item in given)


def _problems(item: Any, path: str, today: date) -> Iterator[Problem]:
    if not isinstance(item, Mapping):
        yield Problem(path, f"must be an object, got {item!r}", f"keys: {', '.join(_KEYS)}")
        return
    for key in sorted(set(item) - set(_KEYS)):
        yield Problem(f"{path}/{key}", "unknown key", f"keys: {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in item:
            yield Problem(f"{path}/{key}", "is required")
        elif not isinstance(item[key], str) or not item[key].strip():
            yield Problem(f"{path}/{key}", f"must be a text that says something, got {item[key]!r}")
        elif key == "until":
            yield from _wrong_date(item[key], f"{path}/until", today)


def _wrong_date(text: str, path: str, today: date) -> Iterator[Problem]:
    try:
        until = date.fromisoformat(text)
    except ValueError:
        yield Problem(path, f"must be a date, got {text!r}", "write it as YYYY-MM-DD, in quotes")
        return
    if until - today > LONGEST:
        latest = today + LONGEST
        yield Problem(path, f"must be at most {LONGEST.days} days ahead, {latest}, got {until}")


def apply(
    violations: Iterable[Violation], waivers: Sequence[Waiver], today: date
) -> tuple[list[Violation], list[Waived]]:
    """What counts and what does not.

    A waiver whose last day is over, and one that no violation needs, are violations themselves: advice.
    """
    counting: list[Violation] = []
    waived: list[Waived] = []
    needed: set[Waiver] = set()
    for violation in violations:
        about = [waiver for waiver in waivers if waiver.covers(violation)]
        needed.update(about)
        holding = next((waiver for waiver in about if waiver.until >= today), None)
        if holding is not None:
            waived.append(Waived(violation, holding))
            continue
        counting.append(violation)
    counting += [_note(waiver, waiver in needed, today) for waiver in _notable(waivers, needed, today)]
    return counting, waived


def _notable(waivers: Sequence[Waiver], needed: set[Waiver], today: date) -> list[Waiver]:
    return [waiver for waiver in waivers if waiver not in needed or waiver.until < today]


def _note(waiver: Waiver, needed: bool, today: date) -> Violation:
    about = f"the waiver of {waiver.rule} for {waiver.resource!r} ({waiver.reason})"
    if needed:
        message = f"{about} ended on {waiver.until}: mend what it excused, or renew it with a reason"
        return Violation(EXPIRED, False, message, description=_DESCRIPTIONS[EXPIRED])
    message = f"{about} excuses nothing: remove it"
    return Violation(UNUSED, False, message, description=_DESCRIPTIONS[UNUSED])
