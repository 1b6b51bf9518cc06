"""Reads `ci_trust` of a registry's arguments."""

import re
from collections.abc import Callable, Collection, Iterable

from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.trust.github import read_github
from dockyard.trust.gitlab import read_gitlab
from dockyard.trust.trust import Trust

# With "-push" behind it a name is the id of a Google provider, which has room for 32 characters.
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,25}[a-z0-9])?")
_SERVICES = {"github": read_github, "gitlab": read_gitlab}


def read_trusts(
    reader: Reader, repositories: Collection[str], refusals: Callable[[Trust], Iterable[Problem]]
) -> tuple[Trust, ...]:
    """Every trust of the registry, by name.

    repositories: the keys of the registry's repositories. refusals: what the cloud itself cannot check, such as
    `dockyard.trust.aws.refusals`. What is wrong is added to the reader's problems; the trusts are only good without any.
    """
    trusts = []
    for name, entry in reader.objects("ci_trust"):
        before = len(entry.problems)
        if not _NAME.fullmatch(name):
            message = "must be 1 to 27 lower-case letters, digits and -, a letter first"
            entry.problems.append(Problem(entry.path, message))
        given = [service for service in _SERVICES if entry.get(service) is not None]
        entry.finish()
        if len(given) != 1:
            entry.problems.append(Problem(entry.path, "must hold exactly one of github and gitlab"))
            continue
        service = given[0]
        inner = Reader(entry.get(service), entry.problems, entry.at(service))
        trust = _SERVICES[service](inner, name, repositories)
        if len(entry.problems) == before:
            entry.problems += refusals(trust)
        trusts.append(trust)
    return tuple(trusts)
