"""Retention as `acr purge` commands (Azure Container Registry documentation, "Automatically purge images"; the source of acr-cli).

What the command does: it deletes each tag by itself, by name and by the tag's last update; apart from that it deletes manifests without
tags, also OCI manifests and indexes, but neither parts of an index that stays, nor signatures of an image, nor what is locked. An image
with several tags loses those that rules take, and stays while one is left. Counts are of tags, not of images: where images have several
tags, fewer images stay than `keep_last` says, so that needs a word from whoever writes it.
"""

import re
import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dockyard.errors import Problem
from dockyard.retention import Action, Image, Rule

IMAGE = "mcr.microsoft.com/acr/acr-cli:0.19"
"""Named, and not by the alias `acr` of ACR Tasks: that stands for 0.14, whose `--untagged` ignores `--ago`, and which knows neither
`--untagged-only` nor repository permissions (ABAC)."""
CONCURRENCY = 10
MOST_REPOSITORIES = 100
"""In one command, so that it stays far below what a shell takes as one argument."""


@dataclass(frozen=True)
class Purge:
    """One command. tags: the regular expression of the tags that it deletes; "" for manifests without tags."""

    repositories: tuple[str, ...]
    tags: str = ""
    days: int = 0
    """Deletes what was updated last more than so many days ago."""
    keep: int = 0
    """Of what it would delete, spares so many of the newest in each repository."""

    def command(self, dry_run: bool) -> str:
        """The step of a task. ACR Tasks runs it by a shell, and puts the registry's address in place of $Registry."""
        words = [] if self.tags else ["--untagged-only"]
        for repository in self.repositories:
            words += ["--filter", shlex.quote(f"{_literal(repository)}:{self.tags or '.*'}")]
        words += ["--ago", f"{self.days}d", *(("--keep", str(self.keep)) if self.keep else ())]
        words += ["--concurrency", str(CONCURRENCY), *(("--dry-run",) if dry_run else ())]
        return " ".join([IMAGE, "purge --registry $Registry", *words])


def purges(
    rules: Sequence[Rule],
    repositories: Collection[str],
    problems: list[Problem],
    path: str = "retention",
    *,
    counts_tags: bool = False,
) -> tuple[Purge, ...]:
    """The commands that keep the rules in these repositories, in their order. Adds a problem for each rule that ACR cannot keep.

    counts_tags: whether `keep_last` may count tags in place of images. Manifests without tags come first: what loses its last tag in a
    run must not take the place of one that the same run is to keep.
    """
    for rule in rules:
        for message, hint in _refusals(rule, counts_tags):
            problems.append(Problem(f"{path}/{rule.place}", message, hint))
    kept = [rule for rule in rules if rule.action is Action.KEEP]
    if not all(rule.tags or rule.untagged for rule in kept):
        return ()
    spared = sorted({pattern for rule in kept for pattern in rule.tags})
    expiring = sorted((rule for rule in rules if rule.action is Action.EXPIRE), key=lambda rule: rule.name)
    dangling = (
        [] if any(rule.untagged for rule in kept) else [("", rule) for rule in expiring if not rule.tags]
    )
    tagged = [(_expression(rule, spared), rule) for rule in expiring if not rule.untagged]
    names = tuple(sorted(repositories))
    parts = [names[start : start + MOST_REPOSITORIES] for start in range(0, len(names), MOST_REPOSITORIES)]
    return tuple(
        Purge(part, tags, rule.older_than_days, rule.keep_last)
        for tags, rule in dangling + tagged
        for part in parts
    )


def _refusals(rule: Rule, counts_tags: bool) -> Iterable[tuple[str, str]]:
    if rule.action is Action.ARCHIVE:
        yield "ACR cannot archive by a rule", "let the images expire, or leave the rule out"
    if rule.not_pulled_days:
        yield "ACR's purge does not know when images were pulled", "say older_than_days"
    if rule.action is Action.KEEP:
        if rule.older_than_days or rule.keep_last:
            yield "ACR protects images by their tags alone", "leave older_than_days and keep_last out"
    elif rule.keep_last and not rule.untagged and not counts_tags:
        hint = "if no image has several tags, set cleanup/keep_last_counts_tags to true; else say older_than_days"
        yield "ACR counts tags, so fewer images would stay where one has several tags", hint


def _expression(rule: Rule, spared: Sequence[str]) -> str:
    """Fits the whole of a tag, which acr-cli would search it in. No `(?:`: acr-cli parts a filter at its colon."""
    guard = f"(?!{_any(spared)}$)" if spared else ""
    return f"^{guard}{_any(rule.tags or ('*',))}$"


def _any(patterns: Sequence[str]) -> str:
    found = [_literal(pattern).replace("*", ".*") for pattern in patterns]
    return f"({'|'.join(found)})"


def _literal(text: str) -> str:
    """Of what names and tags are made of, the dot alone means something in an expression."""
    return text.replace(".", r"\.")


def purge_outcome(
    commands: Sequence[Purge],
    repository: str,
    images: Sequence[Image],
    now: datetime,
    held: Collection[str] = (),
) -> tuple[dict[str, Action], set[str]]:
    """What one run does by the source of acr-cli: digest -> action, and the tags that it deletes.

    An image is taken when it loses its last tag, or when it has none and its manifest is deleted. `pushed` counts as the last update of
    the manifest and of its tags. held: digests of what is locked, signs another image, or is part of an index that stays.
    """
    tags = {tag: image.pushed for image in images for tag in image.tags}
    manifests = {image.digest: image for image in images}
    for purge in (purge for purge in commands if repository in purge.repositories):
        cutoff = now - timedelta(days=purge.days)
        if purge.tags:
            matched = [tag for tag, at in tags.items() if at < cutoff and re.search(purge.tags, tag)]
            newest = sorted(matched, key=lambda tag: tags[tag], reverse=True)
            tags = {tag: at for tag, at in tags.items() if tag not in newest[purge.keep :]}
            continue
        dangling = [
            image
            for image in manifests.values()
            if image.pushed <= cutoff
            and image.digest not in held
            and not any(tag in tags for tag in image.tags)
        ]
        for image in sorted(dangling, key=lambda image: image.pushed, reverse=True)[purge.keep :]:
            del manifests[image.digest]
    outcome = {
        image.digest: Action.KEEP
        if image.digest in manifests and (not image.tags or any(tag in tags for tag in image.tags))
        else Action.EXPIRE
        for image in images
    }
    return outcome, {tag for image in images for tag in image.tags} - set(tags)
