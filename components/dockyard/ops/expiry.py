"""Which images of a repository expire: the rules of `retention`, judged on the host.

`dockyard.retention` has the same judgement for the registries of clouds; this program runs without that package. A test holds both
to the same answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

DAY = 86400.0
YOUNG = 3600.0
"""Seconds within which a push is expected to bring the index or the tag of a manifest."""
_OF = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})(?:\..*)?")
"""The tags that signatures, attestations and lists of referrers have: `sha256-HEX.sig`."""


class Rule(NamedTuple):
    """One rule, as `dockyard.retention.Rule` has it, of what a registry of one's own can keep."""

    name: str
    expire: bool
    """Whether it takes images; else it protects them."""
    tags: tuple[str, ...] = ()
    untagged: bool = False
    older_than_days: int = 0
    keep_last: int = 0


@dataclass
class Manifest:
    """One manifest of a repository. Times are seconds since 1970."""

    digest: str
    linked: float
    """When it was pushed last, under whatever name."""
    tags: dict[str, float] = field(default_factory=dict)
    """Tag to the time of its push."""
    children: tuple[str, ...] = ()
    subject: str = ""

    @property
    def pushed(self) -> float:
        return max(self.tags.values(), default=self.linked)


def decide(
    rules: Sequence[Rule], manifests: Sequence[Manifest], now: float
) -> dict[str, tuple[bool, Rule | None]]:
    """Digest to whether it expires and the rule that says so, as the simulator has it: each manifest is judged by itself."""
    spoken_of = [(rule, _fitting(rule, manifests, now)) for rule in rules]
    found: dict[str, tuple[bool, Rule | None]] = {}
    for manifest in manifests:
        fitting = [rule for rule, digests in spoken_of if manifest.digest in digests]
        # False comes first: what one rule protects, no other takes.
        first = min(fitting, key=lambda rule: rule.expire, default=None)
        found[manifest.digest] = (first is not None and first.expire, first)
    return found


def _fitting(rule: Rule, manifests: Sequence[Manifest], now: float) -> set[str]:
    selected = [manifest for manifest in manifests if _selects(rule, manifest.tags)]
    newest = sorted(selected, key=lambda manifest: (manifest.pushed, manifest.digest), reverse=True)
    limit = now - rule.older_than_days * DAY
    return {it.digest for it in newest[rule.keep_last :] if not rule.older_than_days or it.pushed < limit}


def _selects(rule: Rule, tags: Mapping[str, float]) -> bool:
    if rule.untagged:
        return not tags
    return not rule.tags or any(_fits(pattern, tag) for pattern in rule.tags for tag in tags)


def _fits(pattern: str, tag: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None


def expired(rules: Sequence[Rule], manifests: Sequence[Manifest], now: float) -> dict[str, str]:
    """Digest to why it goes, of what can go without taking a part of what stays.

    Manifests of an index stay while it does. What refers to another manifest (signatures, SBOMs) is not judged by itself: it stays
    and goes with that one, unless a pattern protects it. What has no tag stays for an hour: its index may be on its way.
    """
    known = {manifest.digest: manifest for manifest in manifests}
    subjects = {
        digest: at for digest, it in known.items() if (at := subject_of(it)) in known and at != digest
    }
    judged = [manifest for manifest in manifests if manifest.digest not in subjects]
    going = {
        digest: f"rule {rule.name}"
        for digest, (goes, rule) in decide(rules, judged, now).items()
        if goes and rule and (known[digest].tags or now - known[digest].linked >= YOUNG)
    }
    protecting = [rule for rule in rules if not rule.expire and rule.tags]
    loose = {d for d in subjects if not any(_selects(rule, known[d].tags) for rule in protecting)}
    for digest in loose:
        root = _root(digest, subjects)
        if root in going:
            going[digest] = f"refers to {root}, which goes"
    _spare(going, known, subjects)
    return going


def subject_of(manifest: Manifest) -> str:
    """What it refers to, by its own word or by its tags; "" for nothing, and where it has a name of its own as well."""
    if manifest.subject:
        return manifest.subject
    found = {f"{match[1]}:{match[2]}" if (match := _OF.fullmatch(tag)) else "" for tag in manifest.tags}
    return found.pop() if len(found) == 1 else ""


def _root(digest: str, subjects: Mapping[str, str]) -> str:
    """What the referrer belongs to in the end. Tags, unlike digests, can refer in a circle: that has no end."""
    seen = {digest}
    while digest in subjects and subjects[digest] not in seen:
        digest = subjects[digest]
        seen.add(digest)
    return digest if digest not in subjects else ""


def _spare(going: dict[str, str], known: Mapping[str, Manifest], subjects: Mapping[str, str]) -> None:
    """Takes out of `going` what something that stays needs, until nothing is left of that."""
    while True:
        staying = [manifest for digest, manifest in known.items() if digest not in going]
        needed = {child for manifest in staying for child in manifest.children}
        needed |= {digest for digest, subject in subjects.items() if subject not in going}
        spared = needed & set(going)
        if not spared:
            return
        for digest in spared:
            del going[digest]
