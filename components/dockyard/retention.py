"""Retention: neutral rules that every registry's own language is compiled from, and a simulator of what they do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dockyard.errors import Problem
from dockyard.reader import Reader

UNTAGGED_DAYS = 14
LONGEST_DAYS = 36500
MOST_IMAGES = 100_000
_SHORT = {"untagged": "untagged_days", "keep-last": "keep_last", "keep-tags": "keep_tags"}
"""Rules that have an argument of their own."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PATTERN = re.compile(r"[A-Za-z0-9_.*-]{1,128}")


class Action(StrEnum):
    """What becomes of the images that a rule speaks of."""

    EXPIRE = "expire"
    ARCHIVE = "archive"
    KEEP = "keep"


PRECEDENCE = (Action.KEEP, Action.ARCHIVE, Action.EXPIRE)


@dataclass(frozen=True)
class Rule:
    """One rule. It speaks of the images that all its conditions fit."""

    name: str
    action: Action
    tags: tuple[str, ...] = ()
    """Patterns of tags, `*` for any text; an image with a tag that fits one of them. Empty: tagged or not."""
    untagged: bool = False
    """Only images without any tag."""
    older_than_days: int = 0
    """Only images pushed more than so many days ago; 0: of any age."""
    not_pulled_days: int = 0
    """Only images not pulled, nor pushed, for so many days; 0: whether pulled or not."""
    keep_last: int = 0
    """Not the newest so many of the images that `tags` and `untagged` select; 0: all of them."""

    @property
    def place(self) -> str:
        """Where it stands in the arguments, below `retention`."""
        return _SHORT.get(self.name, f"rules/{self.name}")

    def selects(self, tags: Iterable[str]) -> bool:
        """Whether an image with these tags is one that the rule counts."""
        own = tuple(tags)
        if self.untagged:
            return not own
        return not self.tags or any(fits(pattern, tag) for pattern in self.tags for tag in own)


@dataclass(frozen=True)
class Image:
    """One manifest of a repository, as a registry lists it."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    pulled: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What becomes of an image, and the rule that says so; without one it is kept."""

    image: Image
    action: Action
    rule: Rule | None = None


def fits(pattern: str, tag: str) -> bool:
    """Whether the tag has the form of the pattern, in which `*` stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None


def simulate(rules: Sequence[Rule], images: Iterable[Image], now: datetime) -> list[Decision]:
    """What the rules do with one repository's images, in their order. `now` must carry a time zone where the images' times do."""
    known = list(images)
    spoken_of = [(rule, _fitting(rule, known, now)) for rule in rules]
    return [_decide(image, index, spoken_of) for index, image in enumerate(known)]


def _decide(image: Image, index: int, spoken_of: Sequence[tuple[Rule, set[int]]]) -> Decision:
    for action in PRECEDENCE:
        for rule, found in spoken_of:
            if rule.action is action and index in found:
                return Decision(image, action, rule)
    return Decision(image, Action.KEEP)


def _fitting(rule: Rule, images: Sequence[Image], now: datetime) -> set[int]:
    """Places of the images that the rule speaks of."""
    selected = [index for index, image in enumerate(images) if rule.selects(image.tags)]
    # Of two that were pushed at once, the one with the greater digest counts as newer: the answer never depends on the list's order.
    newest = sorted(selected, key=lambda index: (images[index].pushed, images[index].digest), reverse=True)
    spared = set(newest[: rule.keep_last])
    return {index for index in selected if index not in spared and _is_due(rule, images[index], now)}


def _is_due(rule: Rule, image: Image, now: datetime) -> bool:
    used = max(image.pushed, image.pulled or image.pushed)
    old = not rule.older_than_days or now - image.pushed > timedelta(days=rule.older_than_days)
    idle = not rule.not_pulled_days or now - used > timedelta(days=rule.not_pulled_days)
    return old and idle


def read_retention(values: object, problems: list[Problem], path: str = "retention") -> tuple[Rule, ...]:
    """The rules of a `RetentionArgs`, or of None: images without a tag expire after 14 days. Adds every problem that it finds."""
    reader = Reader(values, problems, path)
    days = reader.integer("untagged_days", UNTAGGED_DAYS, 1, LONGEST_DAYS)
    hint = "leave keep_last out to keep every tagged image"
    keep_last = _optional(reader, "keep_last", MOST_IMAGES, hint)
    keep_tags = _patterns(reader, "keep_tags")
    rules = [Rule("untagged", Action.EXPIRE, untagged=True, older_than_days=days)]
    if keep_last:
        rules.append(Rule("keep-last", Action.EXPIRE, tags=("*",), keep_last=keep_last))
    if keep_tags:
        rules.append(Rule("keep-tags", Action.KEEP, tags=keep_tags))
    rules += [_rule(name, entry) for name, entry in reader.objects("rules")]
    reader.finish()
    return tuple(rules)


def _rule(name: str, entry: Reader) -> Rule:
    if not _NAME.fullmatch(name) or name in _SHORT:
        hint = "up to 63 lower-case letters, digits and `-`; not untagged, keep-last or keep-tags"
        entry.problems.append(Problem(entry.path, "is not a name for a rule", hint))
    rule = Rule(
        name,
        Action(entry.choice("action", "expire", [action.value for action in Action])),
        tags=_patterns(entry, "tags"),
        untagged=entry.boolean("untagged", False),
        older_than_days=_optional(entry, "older_than_days", LONGEST_DAYS),
        not_pulled_days=_optional(entry, "not_pulled_days", LONGEST_DAYS),
        keep_last=_optional(entry, "keep_last", MOST_IMAGES),
    )
    if rule.tags and rule.untagged:
        entry.problem("untagged", "does not go together with tags", "make two rules of it")
    due = rule.older_than_days or rule.not_pulled_days or rule.keep_last
    if rule.action is not Action.KEEP and not due:
        hint = "say older_than_days, not_pulled_days or keep_last"
        entry.problems.append(Problem(entry.path, "would take every image that it selects", hint))
    entry.finish()
    return rule


def _optional(reader: Reader, key: str, high: int, hint: str = "") -> int:
    return (
        reader.integer(key, 1, 1, high, hint)
        if reader.values.get(key) is not None
        else reader.integer(key, 0, 0, 0)
    )


def _patterns(reader: Reader, key: str) -> tuple[str, ...]:
    patterns = reader.texts(key)
    for index, pattern in enumerate(patterns):
        if not _PATTERN.fullmatch(pattern):
            hint = "a tag in which `*` may stand for any text: v*, release-*"
            reader.problem(f"{key}/{index}", f"is not a pattern of tags: {pattern!r}", hint)
    return patterns
