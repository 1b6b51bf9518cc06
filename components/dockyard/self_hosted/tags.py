"""Rules for tags that the front keeps: those that cannot be moved, and those that nobody may push."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dockyard.reader import Reader
from dockyard.self_hosted.patterns import matches, pattern_regex
from dockyard.self_hosted.users import Repository, read_patterns

_TAG = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9._*-]{0,127}")
EVERYWHERE = frozenset({"**"})


@dataclass(frozen=True)
class TagRules:
    """Patterns of repositories and of tags."""

    immutable_in: frozenset[str] = frozenset()
    mutable: tuple[str, ...] = ()
    """Names of repositories whose tags move all the same."""
    forbidden: tuple[str, ...] = ()
    """Patterns of tags, `*` for any text."""
    forbidden_in: frozenset[str] = EVERYWHERE

    def is_immutable(self, repository: str) -> bool:
        return repository not in self.mutable and _any(self.immutable_in, repository)

    def is_forbidden(self, repository: str, tag: str) -> bool:
        tagged = any(re.fullmatch(_tag_regex(pattern), tag) for pattern in self.forbidden)
        return tagged and _any(self.forbidden_in, repository)

    @property
    def immutable_lines(self) -> tuple[str, ...]:
        """Regular expressions over the repository."""
        return (rf"~^(?:{_alternatives(self.immutable_in)})\z",) if self.immutable_in else ()

    @property
    def forbidden_lines(self) -> tuple[str, ...]:
        """Regular expressions over `TAG:REPOSITORY`."""
        if not (self.forbidden and self.forbidden_in):
            return ()
        tags = "|".join(_tag_regex(pattern) for pattern in self.forbidden)
        return (rf"~^(?:{tags}):(?:{_alternatives(self.forbidden_in)})\z",)


def read_tag_rules(settings: Reader, repositories: Iterable[Repository]) -> TagRules:
    everywhere = settings.boolean("immutable_tags", False)
    reader = Reader(settings.get("tag_rules"), settings.problems, "tag_rules")
    asked = read_patterns(reader, "immutable_in")
    named = {repository.name: repository.immutable_tags for repository in repositories}
    own = frozenset(name for name, immutable in named.items() if immutable)
    forbidden = reader.texts("forbidden", ())
    for index, tag in enumerate(forbidden):
        if not _TAG.fullmatch(tag):
            hint = "a tag in which * may stand for any text: latest, dev-*"
            reader.problem(f"forbidden/{index}", f"is no pattern of a tag: {tag!r}", hint)
    rules = TagRules(
        immutable_in=(EVERYWHERE if everywhere else asked) | own,
        mutable=tuple(sorted(name for name, immutable in named.items() if immutable is False)),
        forbidden=tuple(sorted(set(forbidden))),
        forbidden_in=read_patterns(reader, "forbidden_in") or EVERYWHERE,
    )
    reader.finish()
    return rules


def _any(patterns: Iterable[str], repository: str) -> bool:
    return any(matches(pattern, repository) for pattern in patterns)


def _alternatives(patterns: Iterable[str]) -> str:
    return "|".join(pattern_regex(pattern) for pattern in sorted(patterns))


def _tag_regex(pattern: str) -> str:
    return "[^:]*".join(part.replace(".", r"\.") for part in pattern.split("*"))
