"""The setting `retention`: rules that the registry's host keeps by itself, with what it knows of images."""

from dockyard.reader import Reader
from dockyard.retention import Action, Rule, read_retention


def read_rules(settings: Reader) -> tuple[Rule, ...] | None:
    """None where nothing expires: without the setting."""
    given = settings.get("retention")
    if not given:
        return None
    rules = read_retention(given, settings.problems)
    for rule in rules:
        if rule.action is Action.ARCHIVE:
            settings.problem(
                f"retention/{rule.place}", "cannot archive: a host has one kind of storage", "expire, or keep"
            )
        if rule.not_pulled_days:
            settings.problem(
                f"retention/{rule.place}/not_pulled_days",
                "cannot be kept: registry:2 remembers no pulls",
                "say older_than_days",
            )
    return rules


def plain(rules: tuple[Rule, ...]) -> list[dict[str, object]]:
    """The rules as `dockyard.ops.expiry.Rule` has them."""
    return [
        {
            "name": rule.name,
            "expire": rule.action is Action.EXPIRE,
            "tags": list(rule.tags),
            "untagged": rule.untagged,
            "older_than_days": rule.older_than_days,
            "keep_last": rule.keep_last,
        }
        for rule in rules
    ]
