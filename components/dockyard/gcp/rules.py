"""Downloads that are denied."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

from dockyard.errors import Problem
from dockyard.reader import Reader

_NAME = re.compile(r"[A-Za-z0-9._~:@+^-]{1,256}")
_LONGEST_CONDITION = 2048


@dataclass(frozen=True)
class DownloadRule:
    """repository: the key that it is for; "" for all of them."""

    name: str
    condition: str
    repository: str = ""

    @property
    def package_id(self) -> str | None:
        """The image's name as the API takes it."""
        return self.repository.replace("/", "%2F") or None


def read_rules(reader: Reader, keys: Collection[str]) -> tuple[DownloadRule, ...]:
    """The rules, sorted by name. Source: "Restrict artifact downloads with download rules"."""
    rules: dict[str, DownloadRule] = {}
    for name, entry in reader.objects("download_rules"):
        rule = DownloadRule(name, entry.text("condition"), entry.text("repository"))
        entry.finish()
        if not _NAME.fullmatch(name):
            hint = "up to 256 letters, digits and -._~:@+^"
            reader.problems.append(Problem(entry.path, "is not a rule's name", hint))
        if not rule.condition:
            hint = "without one nothing could be pulled any more; for example pkg.version.id < '2.0'"
            entry.problem("condition", "is required", hint)
        if len(rule.condition) > _LONGEST_CONDITION:
            entry.problem("condition", f"is longer than {_LONGEST_CONDITION} characters")
        if rule.repository and rule.repository not in keys:
            near = difflib.get_close_matches(rule.repository, keys, 1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            entry.problem("repository", f"no such key in repositories: {rule.repository!r}", hint)
        if other := rules.get(rule.repository):
            hint = "Artifact Registry takes one rule for a repository and one for each image: join the conditions by ||"
            entry.problem("repository", f"has a rule already: {other.name!r}", hint)
        rules.setdefault(rule.repository, rule)
    return tuple(sorted(rules.values(), key=lambda rule: rule.name))
