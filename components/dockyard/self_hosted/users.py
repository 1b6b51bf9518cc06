"""Users and what they may do to which repositories."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dockyard.reader import Reader
from dockyard.self_hosted.patterns import name_problem, pattern_problem
from dockyard.self_hosted.shared import refuse_shared

USER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
"""Lower case alone: NGINX compares the keys of its maps without regard to case, htpasswd does not."""


@dataclass(frozen=True)
class Rights:
    """What somebody may do. Pushing and deleting include pulling."""

    pull: frozenset[str] = frozenset()
    """Repository patterns."""
    push: frozenset[str] = frozenset()
    delete: frozenset[str] = frozenset()
    admin: bool = False
    """Everything, the catalog included."""

    @property
    def reads(self) -> frozenset[str]:
        return self.pull | self.push | self.delete


@dataclass(frozen=True)
class User:
    """Somebody who signs in with a generated password."""

    name: str
    rights: Rights
    rotation: str = ""
    """Any text; a new one makes a new password."""
    overlap_hours: int = 0
    """How long after a rotation the former password stays valid."""


@dataclass(frozen=True)
class Repository:
    """A repository that is named: its key and who has rights to it by name."""

    name: str
    pull: tuple[str, ...] = ()
    push: tuple[str, ...] = ()
    immutable_tags: bool | None = None
    """None for what the registry says."""


def read_users(settings: Reader) -> tuple[User, ...]:
    return tuple(_read_user(settings, name, entry) for name, entry in settings.objects("users"))


def _read_user(settings: Reader, name: str, entry: Reader) -> User:
    if not USER_NAME.fullmatch(name):
        settings.problem(
            f"users/{name}",
            "is not a user name",
            "user names have 1 to 64 lower-case letters, digits, `.`, `_` and `-`, and begin and end with a letter or digit",
        )
    rights = Rights(
        pull=read_patterns(entry, "pull"),
        push=read_patterns(entry, "push"),
        delete=read_patterns(entry, "delete"),
        admin=entry.boolean("admin", False),
    )
    if rights.admin and rights.reads:
        entry.problem("admin", "already includes every right", "leave pull, push and delete out for an admin")
    user = User(name, rights, entry.text("rotation"), entry.integer("overlap_hours", 0, 0, 720))
    entry.finish()
    return user


def read_patterns(entry: Reader, key: str) -> frozenset[str]:
    patterns = entry.texts(key)
    good = []
    for index, pattern in enumerate(patterns):
        message = pattern_problem(pattern)
        if message:
            entry.problem(
                f"{key}/{index}",
                message,
                "a pattern is a repository name in which * and ** may stand: team/*, **",
            )
        else:
            good.append(pattern)
    return frozenset(good)


def read_repositories(settings: Reader, users: Iterable[User]) -> tuple[Repository, ...]:
    names = {user.name for user in users}
    found = []
    for name, entry in settings.objects("repositories"):
        message = name_problem(name)
        if message:
            settings.problem(
                f"repositories/{name}", message, "lower-case letters and digits, joined by . _ - and /"
            )
        immutable = entry.boolean("immutable_tags", False) if "immutable_tags" in entry.values else None
        repository = Repository(name, entry.texts("pull"), entry.texts("push"), immutable)
        for key, people in (("pull", repository.pull), ("push", repository.push)):
            for index, person in enumerate(people):
                if person not in names:
                    entry.problem(f"{key}/{index}", f"no such user: {person!r}", "name a key of `users`")
        refuse_shared(entry, "retention")
        entry.finish()
        found.append(repository)
    return tuple(found)


def with_repositories(users: Iterable[User], repositories: Iterable[Repository]) -> tuple[User, ...]:
    """The users with what repositories grant them by name. An admin needs nothing more."""
    repositories = tuple(repositories)
    return tuple(user if user.rights.admin else _granted(user, repositories) for user in users)


def _granted(user: User, repositories: tuple[Repository, ...]) -> User:
    pull = {repository.name for repository in repositories if user.name in repository.pull}
    push = {repository.name for repository in repositories if user.name in repository.push}
    rights = replace(user.rights, pull=user.rights.pull | pull, push=user.rights.push | push)
    return replace(user, rights=rights)
