"""How a registry scans (Amazon ECR User Guide, "Scan images for software vulnerabilities"; API Reference, RegistryScanningRule)."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader

FREQUENCIES = {"scan_on_push": "SCAN_ON_PUSH", "continuous_scan": "CONTINUOUS_SCAN", "manual": "MANUAL"}
MOST_RULES, MOST_FILTERS = 2, 100
_FILTER = re.compile(r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*")


@dataclass(frozen=True)
class Scanning:
    """`rules`: frequency and its patterns, as ECR calls them."""

    type: str
    rules: tuple[tuple[str, tuple[str, ...]], ...]


def read_scanning(reader: Reader) -> Scanning | None:
    """What stands under `scanning`; None where it is left out."""
    if reader.get("scanning") is None:
        return None
    entry = Reader(reader.get("scanning"), reader.problems, reader.at("scanning"))
    kind = entry.choice("type", "basic", ("basic", "enhanced"))
    rules = {key: _filters(entry, key) for key in FREQUENCIES}
    entry.finish()
    if not any(rules.values()):
        rules["scan_on_push"] = ("*",)
    if kind == "basic" and rules["continuous_scan"]:
        entry.problem("continuous_scan", "is for enhanced scanning alone", "type: enhanced, or scan_on_push")
    if kind == "enhanced" and rules["manual"]:
        entry.problem(
            "manual", "is for basic scanning alone", "leave it out: what no pattern names is not scanned"
        )
    given = [(FREQUENCIES[key], filters) for key, filters in rules.items() if filters]
    if len(given) > MOST_RULES:
        reader.problem("scanning", f"has {len(given)} frequencies, ECR takes {MOST_RULES}")
    if sum(len(filters) for _, filters in given) > MOST_FILTERS:
        reader.problem("scanning", f"has more than {MOST_FILTERS} patterns", "use wildcards: team-*")
    return Scanning(kind.upper(), tuple(given))


def _filters(entry: Reader, key: str) -> tuple[str, ...]:
    filters = entry.texts(key)
    for index, text in enumerate(filters):
        if len(text) > 255 or not _FILTER.fullmatch(text):
            hint = "lower-case letters, digits, `.`, `_`, `-`, `/`, and `*` for any text"
            entry.problem(f"{key}/{index}", f"is not a pattern of repository names: {text!r}", hint)
    return tuple(sorted(set(filters)))
