"""Retention as an ECR lifecycle policy (Amazon ECR User Guide, "Lifecycle policy properties").

ECR's rules differ from the neutral ones: an image that a rule selects by its tags can never be taken by a rule of lower priority,
several patterns in one rule must all fit, and a rule has one count. So ECR takes at most what the neutral rules take; what it
could not keep is refused.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dockyard.errors import Problem
from dockyard.retention import PRECEDENCE, Action, Image, Rule, fits

SHORTEST, LONGEST = 100, 30_720
MOST_WILDCARDS = 4
NEVER = 2_147_483_647
"""More images than a repository holds: a rule with this count selects images and takes none."""


def lifecycle_policy(rules: Sequence[Rule], problems: list[Problem], path: str = "retention") -> str:
    """The policy's JSON; "" where there are no rules. Adds a problem for each rule that ECR cannot keep."""
    for rule in rules:
        problems += [Problem(f"{path}/{rule.place}", message, hint) for message, hint in _refusals(rule)]
    ordered = sorted(rules, key=_order)
    if sum(not rule.tags and not rule.untagged for rule in ordered) > 1:
        hint = "ECR takes one rule for images whether tagged or not: give the others tags or untagged"
        problems.append(Problem(path, "has several rules without tags", hint))
    entries = [entry for rule in ordered for entry in _entries(rule)]
    numbered = [{"rulePriority": number, **entry} for number, entry in enumerate(entries, 1)]
    text = json.dumps({"rules": numbered}, separators=(",", ":")) if numbered else ""
    if len(text) > LONGEST:
        problems.append(Problem(path, f"makes a policy of {len(text)} characters, ECR takes {LONGEST}"))
    return text


def _order(rule: Rule) -> tuple[bool, int, bool, str]:
    """Kept images first, so that no later rule takes them; then archived ones; then those of some tags before those of every tag,
    which would leave the others nothing; a rule for any image last, as ECR demands.
    """
    selects_any = not rule.tags and not rule.untagged
    return (selects_any, PRECEDENCE.index(rule.action), "*" in rule.tags, rule.name)


def _refusals(rule: Rule) -> Iterable[tuple[str, str]]:
    counts = [bool(rule.older_than_days), bool(rule.not_pulled_days), bool(rule.keep_last)]
    if rule.action is Action.KEEP:
        if any(counts):
            yield (
                "ECR protects images by their tags alone",
                "leave older_than_days, not_pulled_days and keep_last out",
            )
        if not rule.tags and not rule.untagged:
            yield "ECR cannot keep any image and let others expire", "name the tags to keep"
    elif sum(counts) > 1:
        yield (
            "ECR takes one of older_than_days, not_pulled_days and keep_last in a rule",
            "make a rule of each",
        )
    if rule.action is Action.ARCHIVE and not rule.tags and not rule.untagged:
        yield "would hide images from rules that expire them", "name the tags to archive, or untagged"
    if rule.keep_last and len(rule.tags) > 1:
        yield "ECR counts for each pattern by itself", "make a rule for each pattern"
    for pattern in rule.tags:
        if pattern.count("*") > MOST_WILDCARDS:
            yield f"ECR takes {MOST_WILDCARDS} wildcards in a pattern: {pattern!r}", ""


def _entries(rule: Rule) -> Iterable[dict[str, Any]]:
    """One for each pattern: several in one rule would all have to fit."""
    for number, pattern in enumerate(rule.tags or ("",), 1):
        name = f"{rule.name}-{number}" if len(rule.tags) > 1 else rule.name
        yield {"description": name, "selection": _selection(rule, pattern), "action": _action(rule)}


def _action(rule: Rule) -> dict[str, str]:
    if rule.action is Action.ARCHIVE:
        return {"type": "transition", "targetStorageClass": "archive"}
    return {"type": "expire"}


def _selection(rule: Rule, pattern: str) -> dict[str, Any]:
    status = "untagged" if rule.untagged else "tagged" if pattern else "any"
    selection: dict[str, Any] = {"tagStatus": status}
    if pattern:
        selection["tagPatternList"] = [pattern]
    if rule.older_than_days or rule.not_pulled_days:
        kind = "sinceImagePushed" if rule.older_than_days else "sinceImagePulled"
        days = rule.older_than_days or rule.not_pulled_days
        return {**selection, "countType": kind, "countUnit": "days", "countNumber": days}
    return {**selection, "countType": "imageCountMoreThan", "countNumber": rule.keep_last or NEVER}


def lifecycle_outcome(policy: str, images: Sequence[Image], now: datetime) -> dict[str, Action]:
    """What ECR does with a repository's images by the documented rules of its evaluator; digest -> action."""
    outcome = {image.digest: Action.KEEP for image in images}
    claimed: set[str] = set()
    rules = json.loads(policy)["rules"] if policy else []
    for rule in sorted(rules, key=lambda rule: int(rule["rulePriority"])):
        selection = rule["selection"]
        selected = [image for image in images if _selected(selection, image)]
        action = Action.ARCHIVE if rule["action"]["type"] == "transition" else Action.EXPIRE
        for image in _counted(selection, selected, now):
            if image.digest not in claimed:
                outcome[image.digest] = action
        claimed |= {image.digest for image in selected}
    return outcome


def _selected(selection: dict[str, Any], image: Image) -> bool:
    if selection["tagStatus"] == "untagged":
        return not image.tags
    patterns = selection.get("tagPatternList", [])
    return all(any(fits(pattern, tag) for tag in image.tags) for pattern in patterns)


def _counted(selection: dict[str, Any], images: Sequence[Image], now: datetime) -> Sequence[Image]:
    number = selection["countNumber"]
    if selection["countType"] == "imageCountMoreThan":
        return sorted(images, key=lambda image: (image.pushed, image.digest), reverse=True)[number:]
    pulled = selection["countType"] == "sinceImagePulled"
    limit = timedelta(days=number)
    return [image for image in images if now - (_used(image) if pulled else image.pushed) > limit]


def _used(image: Image) -> datetime:
    return max(image.pushed, image.pulled or image.pushed)
