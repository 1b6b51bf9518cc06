"""Roles on a registry, and the conditions that hold a role to repositories.

Source: "Microsoft Entra attribute-based access control (ABAC) for repository permissions" and "Azure Container Registry roles directory
reference" in the documentation of Azure Container Registry; "Azure role assignment condition format and syntax".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dockyard.errors import DockyardError

VERSION = "2.0"
"""Of the conditions' language; Azure knows no other."""
LONGEST = 8192
"""Characters of a condition. Source: "Azure subscription and service limits", size of condition for role assignments."""
ATTRIBUTE = "Microsoft.ContainerRegistry/registries/repositories:name"
_DATA = "Microsoft.ContainerRegistry/registries/repositories"
_NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*/?")


@dataclass(frozen=True)
class Role:
    """A built-in role. actions: the data actions that it gives; empty for a role that takes no condition."""

    name: str
    guid: str
    actions: tuple[str, ...] = ()


_READ = (f"{_DATA}/content/read", f"{_DATA}/metadata/read")
_WRITE = (f"{_DATA}/content/write", f"{_DATA}/metadata/write")
READER = Role("Container Registry Repository Reader", "b93aa761-3e63-49ed-ac28-beffa264f7ac", _READ)
WRITER = Role("Container Registry Repository Writer", "2a1e307c-b015-4ebd-883e-5b7698a07328", _READ + _WRITE)
"""Reads too, and deletes nothing."""
ACR_PULL = Role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d")
ACR_PUSH = Role("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec")
"""These two are for registries without repository permissions, and not honoured in others."""


def condition(role: Role, repositories: Sequence[str]) -> str:
    """Holds the role to these repositories; a name that ends in `/` stands for all below it, at any depth.

    An action that a condition does not list is not restricted by it, so all of the role's stand in it. Names compare without regard to
    upper and lower case, which widens nothing: repositories have lower-case names only. Raises DockyardError for what is no name, for
    a role that takes no condition, and where no repository is named: that would be a role that gives nothing.
    """
    if not role.actions:
        raise DockyardError(f"role {role.name} takes no condition")
    if not repositories:
        raise DockyardError(f"role {role.name} would give nothing", "name at least one repository")
    actions = " AND ".join(f"!(ActionMatches{{'{action}'}})" for action in role.actions)
    names = " OR ".join(_expression(repository) for repository in sorted(set(repositories)))
    return f"(({actions}) OR ({names}))"


def _expression(repository: str) -> str:
    """A quote in a name would end the text that it stands in."""
    if not _NAME.fullmatch(repository):
        raise DockyardError(f"is not a repository's name: {repository!r}")
    operator = "StringStartsWithIgnoreCase" if repository.endswith("/") else "StringEqualsIgnoreCase"
    return f"@Request[{ATTRIBUTE}] {operator} '{repository}'"
