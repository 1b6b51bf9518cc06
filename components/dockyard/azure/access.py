"""Who may pull and push, as the arguments say it, and the CI that is let in."""

from collections.abc import Sequence

from dockyard.azure.abac import LONGEST, condition
from dockyard.azure.assignments import Access, role_of, too_long
from dockyard.azure.members import Member, read_members
from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.trust.azure import refusals
from dockyard.trust.read import read_trusts
from dockyard.trust.trust import Trust

WHOLE = "the roles of a legacy registry are for all of it: say it beside repositories, or leave role_assignments out"


class Members:
    """Collects who may do what while the repositories are read."""

    def __init__(self, reader: Reader, legacy: bool) -> None:
        self.legacy = legacy
        self.pull = frozenset(read_members(reader, "pull"))
        self.push = frozenset(read_members(reader, "push"))
        self.one: dict[str, dict[str, frozenset[Member]]] = {"pull": {}, "push": {}}

    def add(self, repository: str, entry: Reader) -> None:
        """What one repository says; "" for one without a good name. It is refused where Azure would open all of them for it."""
        for kind, found in self.one.items():
            members = read_members(entry, kind)
            if members and self.legacy:
                entry.problem(kind, "would open the whole registry", WHOLE)
            elif members and repository:
                found[repository] = frozenset(members)

    @property
    def access(self) -> Access:
        return Access(self.pull, self.push, self.one["pull"], self.one["push"])


def read_ci_trust(reader: Reader, repositories: Sequence[str], legacy: bool) -> tuple[Trust, ...]:
    """The trusts, sorted by name."""
    trusts = read_trusts(reader, repositories, refusals)
    for trust in trusts:
        if legacy and set(trust.repositories) < set(repositories):
            reader.problems.append(Problem(f"{trust.path}/push", "would open the whole registry", WHOLE))
        elif not legacy and set(trust.repositories) <= set(repositories):
            longest = condition(role_of("push", legacy), trust.repositories)
            if len(longest) > LONGEST:
                path, who = f"{trust.path}/push", "its identity would have"
                hint = "name fewer of them here, and the rest in further trusts of the same repository"
                reader.problems.append(too_long(path, who, trust.repositories, hint))
    return trusts
