"""Waivers: a violation that is accepted for a while, with a reason. They stand in the configuration of the policy `waivers`."""

import datetime
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dockyard.checks.waivers import LONGEST, names

NAME = "waivers"
SCHEMA = {
    "type": "array",
    "default": [],
    "items": {
        "type": "object",
        "required": ["rule", "resource", "reason", "until"],
        "additionalProperties": False,
        "properties": {
            "rule": {"type": "string", "minLength": 1},
            "resource": {"type": "string", "minLength": 1},
            "reason": {"type": "string", "minLength": 1},
            "until": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        },
    },
}


@dataclass(frozen=True)
class Waiver:
    """Accepts what one rule has against one resource, up to and with a day. resource: its name in the program, or its URN."""

    rule: str
    resource: str
    reason: str
    until: str

    def covers(self, rule: str, urn: str) -> bool:
        return self.rule == rule and self.resource in names(urn)

    def flaw(self, today: datetime.date) -> str:
        """Why it does not hold today; "" where it does."""
        try:
            end = datetime.date.fromisoformat(self.until)
        except ValueError:
            return f"its end {self.until!r} is no date"
        if not self.reason.strip():
            return "it has no reason"
        if end < today:
            return f"it ended on {self.until}"
        if end > today + LONGEST:
            return f"its end {self.until} is more than {LONGEST.days} days away"
        return ""


@dataclass
class Register:
    """The waivers of one run, and what they covered."""

    today: datetime.date = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date())
    waivers: tuple[Waiver, ...] = ()
    used: dict[Waiver, list[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, given: Sequence[Mapping[str, Any]]) -> None:
        """Takes the waivers that are configured, and forgets what others covered. What is malformed names no rule and covers nothing."""
        with self._lock:
            self.waivers = tuple(
                Waiver(*(str(one.get(key, "")) for key in Waiver.__annotations__)) for one in given
            )
            self.used = {}

    def covers(self, rule: str, urn: str, message: str) -> bool:
        """Whether a violation is accepted. It is noted down."""
        for waiver in self.waivers:
            if waiver.covers(rule, urn):
                with self._lock:
                    self.used.setdefault(waiver, []).append(message)
                return not waiver.flaw(self.today)
        return False

    def report(self) -> Iterator[str]:
        """A message for each waiver: what it covers, or why it does not."""
        for waiver in self.waivers:
            about = f"{waiver.rule} at {waiver.resource}"
            messages, flaw = self.used.get(waiver, []), waiver.flaw(self.today)
            if flaw:
                counts = "; the violation counts" if messages else ""
                yield f"the waiver of {about} does not hold: {flaw}{counts}"
            elif messages:
                yield f"waived until {waiver.until}: {about}: {'; '.join(messages)} (reason: {waiver.reason})"
            else:
                yield f"the waiver of {about} covers nothing: remove it"


REGISTER = Register()
"""Of this process, which judges one stack."""
