"""Which repositories of Artifact Registry there are, and what each of them holds and grants."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from dockyard.errors import Problem
from dockyard.gcp.expiry import read_cleanup
from dockyard.gcp.members import read_members
from dockyard.reader import Reader
from dockyard.retention import Rule, read_retention

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_ID = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ID_HINT = "up to 63 lower-case letters, digits and `-`, a letter first and no `-` last"
SEPARATE = (
    "Artifact Registry knows this by repository and not by path in it: say it for the whole registry, "
    "or set repository_per_key to true"
)


@dataclass(frozen=True)
class GoogleRepository:
    """One repository of Artifact Registry.

    key: the key of `repositories` that it is for; "" where it holds all of them. keys: the images in it.
    pull, push: IAM members; who may push may pull and is in `push` alone. cleanup: policies with the keys of `pulumi_gcp`.
    """

    key: str
    repository_id: str
    keys: tuple[str, ...]
    immutable_tags: bool
    pull: tuple[str, ...] = ()
    push: tuple[str, ...] = ()
    cleanup: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Common:
    """What holds for every repository unless its key says otherwise."""

    repository_id: str
    per_key: bool
    immutable_tags: bool
    pull: frozenset[str]
    push: frozenset[str]
    rules: tuple[Rule, ...]


def read_repositories(reader: Reader, common: Common) -> tuple[GoogleRepository, ...]:
    """The repositories, sorted by key. Source of the names' limits: "Create standard repositories"."""
    if not _ID.fullmatch(common.repository_id):
        reader.problem("repository_id", f"is not a repository's name: {common.repository_id!r}", _ID_HINT)
    if reader.get("repositories") in (None, {}):
        reader.problem("repositories", "at least one is needed", 'for example {"api": {}}')
    found = tuple(_repository(key, entry, common) for key, entry in reader.objects("repositories"))
    if common.per_key:
        _check_ids(reader, found)
        return found
    keys = tuple(repository.key for repository in found)
    pull = tuple(sorted(common.pull - common.push))
    push = tuple(sorted(common.push))
    cleanup = read_cleanup(common.rules, common.immutable_tags, reader.problems, "retention")
    return (GoogleRepository("", common.repository_id, keys, common.immutable_tags, pull, push, cleanup),)


def _repository(key: str, entry: Reader, common: Common) -> GoogleRepository:
    """What one key asks for; what one repository for all keys cannot do for a single one is a problem."""
    if not _KEY.fullmatch(key):
        hint = "lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
        entry.problems.append(Problem(entry.path, "is not a repository name", hint))
    immutable = entry.boolean("immutable_tags", common.immutable_tags)
    push = common.push | set(read_members(entry, "push"))
    pull = common.pull | set(read_members(entry, "pull"))
    rules, path = common.rules, "retention"
    if entry.get("retention") is not None:
        path = entry.at("retention")
        rules = read_retention(entry.get("retention"), entry.problems, path)
    entry.finish()
    differs = {
        "immutable_tags": immutable != common.immutable_tags,
        "retention": rules != common.rules,
        "pull": not pull <= common.pull | common.push,
        "push": push != common.push,
    }
    if not common.per_key:
        for name in (name for name in differs if differs[name]):
            entry.problem(name, "differs from the registry's", SEPARATE)
        return GoogleRepository(key, "", (key,), immutable)
    own_id = f"{common.repository_id}-{re.sub('[^a-z0-9]+', '-', key)}"
    cleanup = read_cleanup(rules, immutable, entry.problems, path)
    members = tuple(sorted(pull - push)), tuple(sorted(push))
    return GoogleRepository(key, own_id, (key,), immutable, *members, cleanup)


def _check_ids(reader: Reader, found: tuple[GoogleRepository, ...]) -> None:
    """Names of repositories are narrower than keys: they must fit, and stay apart."""
    uses = Counter(repository.repository_id for repository in found)
    for repository in found:
        path, name = f"repositories/{repository.key}", repository.repository_id
        if _KEY.fullmatch(repository.key) and not _ID.fullmatch(name):
            reader.problem(path, f"would be named {name!r}, which is too long", _ID_HINT)
        if uses[name] > 1:
            reader.problem(path, f"would be named {name!r}, as another key would", "rename one of them")
