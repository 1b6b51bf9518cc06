"""Which role assignments give everybody what the arguments say.

One assignment for each principal and role, which names all of its repositories: Azure refuses a second one with the same principal, role
and scope, whatever its condition ("delete that role assignment before creating a new one", ABAC for repository permissions). So a
condition has to hold all of a principal's repositories, some fifty to seventy of them, and more are refused.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dockyard.azure.abac import ACR_PULL, ACR_PUSH, LONGEST, READER, WRITER, Role, condition
from dockyard.azure.members import Member
from dockyard.errors import Problem


@dataclass(frozen=True)
class Assignment:
    """One role of one principal. repositories: what it is held to; None for the whole registry."""

    kind: str
    """`pull` or `push`."""
    member: Member
    role: Role
    repositories: tuple[str, ...] | None

    @property
    def condition(self) -> str | None:
        return condition(self.role, self.repositories) if self.repositories else None


@dataclass(frozen=True)
class Access:
    """Who may do what: in the whole registry, and with single repositories, by their names."""

    pull: frozenset[Member]
    push: frozenset[Member]
    pull_one: Mapping[str, frozenset[Member]]
    push_one: Mapping[str, frozenset[Member]]


def role_of(kind: str, legacy: bool) -> Role:
    """The role that lets somebody `pull` or `push`."""
    return {"pull": (READER, ACR_PULL), "push": (WRITER, ACR_PUSH)}[kind][legacy]


def plan_assignments(access: Access, legacy: bool) -> tuple[Assignment, ...]:
    """Sorted by principal. Who pushes needs no second assignment to pull the same: the roles to push let them pull too."""
    everyone = access.pull | access.push
    for members in (*access.pull_one.values(), *access.push_one.values()):
        everyone |= members
    return tuple(found for member in sorted(everyone) for found in _of(member, access, legacy))


def _of(member: Member, access: Access, legacy: bool) -> Iterable[Assignment]:
    if member in access.push:
        yield Assignment("push", member, role_of("push", legacy), None)
        return
    pushed = tuple(name for name in sorted(access.push_one) if member in access.push_one[name])
    if pushed:
        yield Assignment("push", member, role_of("push", legacy), pushed)
    if member in access.pull:
        yield Assignment("pull", member, role_of("pull", legacy), None)
        return
    pulled = tuple(
        name
        for name in sorted(access.pull_one)
        if member in access.pull_one[name] and member not in access.push_one.get(name, ())
    )
    if pulled:
        yield Assignment("pull", member, role_of("pull", legacy), pulled)


def problems_of(assignments: Iterable[Assignment]) -> Iterable[Problem]:
    """What Azure would refuse of them."""
    types: dict[str, str] = {}
    for found in assignments:
        member = found.member
        if types.setdefault(member.principal_id, member.principal_type) != member.principal_type:
            message = f"{member.principal_id} is named as {types[member.principal_id]} and as {member.principal_type}"
            yield Problem(found.kind, message, "write it in the same way everywhere")
        if len(found.condition or "") > LONGEST:
            hint = f"name it in fewer of them, or for the whole registry: {found.kind} beside repositories"
            yield too_long(
                "repositories", f"{member.principal_id} may {found.kind}", found.repositories, hint
            )


def too_long(path: str, who: str, repositories: Collection[str] | None, hint: str) -> Problem:
    """A condition that Azure would not take."""
    message = f"{who} {len(repositories or ())} of them, and a condition of {LONGEST} characters cannot name so many"
    return Problem(path, message, hint)
