"""Retention as cleanup policies of Artifact Registry (Google Cloud documentation, "Configure cleanup policies").

KEEP wins over DELETE, which is what the neutral rules say too. Counts are over all versions of an image, also those without tags,
and a condition knows beginnings of tags only: what that could not keep is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dockyard.errors import Problem
from dockyard.retention import Action, Image, Rule

MOST = 10
SECONDS = 86_400
ACTIONS = {Action.EXPIRE: "DELETE", Action.KEEP: "KEEP"}


def cleanup_policies(
    rules: Sequence[Rule], problems: list[Problem], path: str = "retention"
) -> list[dict[str, Any]]:
    """The policies with the keys of `pulumi_gcp`, in the order of their ids. Adds a problem for each rule that Google cannot keep."""
    for rule in rules:
        problems += [Problem(f"{path}/{rule.place}", message, hint) for message, hint in _refusals(rule)]
    if len(rules) > MOST:
        problems.append(Problem(path, f"makes {len(rules)} policies, Artifact Registry takes {MOST}"))
    return [_policy(rule) for rule in sorted(rules, key=lambda rule: rule.name)]


def _refusals(rule: Rule) -> Iterable[tuple[str, str]]:
    if rule.action is Action.ARCHIVE:
        yield "Artifact Registry has no archive", "let the images expire, or leave the rule out"
    if rule.not_pulled_days:
        yield "Artifact Registry's cleanup does not know when images were pulled", "say older_than_days"
    if rule.keep_last:
        hint = "say older_than_days, or protect what must stay by its tags"
        yield "Artifact Registry counts images without tags too, so tagged ones would go", hint
    for pattern in rule.tags:
        if pattern.count("*") != 1 or not pattern.endswith("*"):
            yield (
                f"Artifact Registry knows beginnings of tags only: {pattern!r}",
                f"for example {pattern.strip('*')}*",
            )


def _policy(rule: Rule) -> dict[str, Any]:
    state = "UNTAGGED" if rule.untagged else "TAGGED" if rule.tags else "ANY"
    condition: dict[str, Any] = {"tag_state": state}
    prefixes = [pattern.removesuffix("*") for pattern in rule.tags]
    # The pattern `*` is every tag, which the state says already.
    if prefixes and "" not in prefixes:
        condition["tag_prefixes"] = prefixes
    if rule.older_than_days:
        condition["older_than"] = f"{rule.older_than_days * SECONDS}s"
    return {"id": rule.name, "action": ACTIONS.get(rule.action, "KEEP"), "condition": condition}


def cleanup_outcome(
    policies: Sequence[Mapping[str, Any]], images: Sequence[Image], now: datetime
) -> dict[str, Action]:
    """What Artifact Registry does with one image's versions by its documentation; digest -> action."""
    outcome = {}
    for image in images:
        actions = {policy["action"] for policy in policies if _fits(policy["condition"], image, now)}
        outcome[image.digest] = Action.EXPIRE if actions == {"DELETE"} else Action.KEEP
    return outcome


def _fits(condition: Mapping[str, Any], image: Image, now: datetime) -> bool:
    wanted = {"UNTAGGED": not image.tags, "TAGGED": bool(image.tags), "ANY": True}[condition["tag_state"]]
    prefixes = condition.get("tag_prefixes")
    begins = prefixes is None or any(tag.startswith(prefix) for prefix in prefixes for tag in image.tags)
    age = timedelta(seconds=int(condition.get("older_than", "0s")[:-1]))
    return wanted and begins and (not age or now - image.pushed > age)
