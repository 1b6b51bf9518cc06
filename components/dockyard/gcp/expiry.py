"""Retention of one repository of Artifact Registry, with what its immutable tags make of it."""

from collections.abc import Sequence
from typing import Any

from dockyard.errors import Problem
from dockyard.gcp.cleanup import cleanup_policies
from dockyard.retention import Action, Rule


def read_cleanup(
    rules: Sequence[Rule], immutable_tags: bool, problems: list[Problem], path: str
) -> tuple[dict[str, Any], ...]:
    """The cleanup policies. Adds a problem, once, for each rule that the repository cannot keep.

    A tagged image cannot be deleted where tags are immutable, by cleanup neither. Source: "Update repository settings".
    """
    found: list[Problem] = []
    policies = cleanup_policies(rules, found, path)
    for rule in rules:
        if immutable_tags and rule.action is Action.EXPIRE and not rule.untagged:
            hint = "set immutable_tags to false, or untagged to true in this rule"
            found.append(
                Problem(f"{path}/{rule.place}", "would expire tagged images, which immutable tags keep", hint)
            )
    problems += [problem for problem in found if problem not in problems]
    return tuple(policies)
