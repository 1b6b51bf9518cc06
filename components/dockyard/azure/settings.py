"""The settings of a registry in Azure: frozen, checked, with every default filled in."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dockyard.azure.abac import LONGEST, condition
from dockyard.azure.access import WHOLE, Members, read_ci_trust
from dockyard.azure.arm import Properties
from dockyard.azure.assignments import Assignment, plan_assignments, problems_of, role_of, too_long
from dockyard.azure.matrix import Choice, conflicts
from dockyard.azure.members import HINT, is_member, member_of
from dockyard.azure.parts import Parts, read_parts
from dockyard.azure.properties import read_properties
from dockyard.azure.purge_task import Retention
from dockyard.errors import Problem, ProblemsError
from dockyard.later import is_later
from dockyard.leaves import read_leaf
from dockyard.reader import Reader
from dockyard.retention import read_retention
from dockyard.trust.trust import Trust

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_NAME = re.compile(r"[A-Za-z0-9]{5,50}")
_GROUP = r"[-\w.()]{0,89}[-\w()]"
_LOCATION = re.compile(r"[a-z][a-z0-9]+")
DELETIONS = ("retain", "force")
LONGEST_KEY, MOST_TAGS = 256, 50


@dataclass(frozen=True)
class Settings:
    """One registry; what each setting means, `dockyard.azure.args` says. `Any`: perhaps known during the deployment only."""

    registry_name: str
    resource_group_name: Any
    location: str
    repositories: tuple[str, ...]
    properties: Properties
    assignments: tuple[Assignment, ...]
    trusts: tuple[Trust, ...]
    parts: Parts
    deletion: str
    tags: Mapping[str, str]

    @property
    def legacy(self) -> bool:
        """Whether roles are for the whole registry alone."""
        return self.properties.role_assignments == "legacy"


def read_settings(
    values: Mapping[str, Any], subject: str, name: str, now: datetime | None = None
) -> Settings:
    """Settings of plain values (snake_case keys, as `AcrRegistryArgs` names them) for the component `name`.

    now: passwords that ended before are refused. Default: none is.
    Raises ProblemsError, with `subject` in its first line, for everything wrong with them.
    """
    problems: list[Problem] = []
    reader = Reader(values, problems)
    properties = read_properties(reader)
    legacy = properties.role_assignments == "legacy"
    members = Members(reader, legacy)
    _refuse_immutable(reader)
    retentions = _repositories(reader, members)
    repositories = tuple(retentions)
    location = _location(reader)
    parts = read_parts(
        reader, retentions, location, properties.sku, now, public=properties.public_network_access
    )
    assignments = plan_assignments(members.access, legacy)
    settings = Settings(
        registry_name=_registry_name(reader, name),
        resource_group_name=_resource_group(reader),
        location=location,
        repositories=repositories,
        properties=_complete(properties, parts),
        assignments=assignments,
        trusts=read_ci_trust(reader, repositories, legacy),
        parts=parts,
        deletion=_deletion(reader),
        tags=_tags(reader),
    )
    problems += [*problems_of(assignments), *conflicts(_choice(settings))]
    reader.finish()
    if problems:
        raise ProblemsError(subject, sorted(dict.fromkeys(problems), key=lambda problem: problem.path))
    return settings


def _complete(properties: Properties, parts: Parts) -> Properties:
    """With what its parts ask of the registry itself. A task comes from outside: past the network's limits it must be let by name."""
    more = parts.encryption.properties() if parts.encryption else {}
    return replace(properties, more=more, tasks_bypass=parts.cleanup is not None and properties.is_restricted)


def _choice(settings: Settings) -> Choice:
    properties, parts = settings.properties, settings.parts
    return Choice(
        sku=properties.sku,
        anonymous_pull=properties.anonymous_pull,
        public_network_access=properties.public_network_access,
        ip_rules=bool(properties.ip_rules),
        export=properties.export,
        data_endpoints=properties.data_endpoints,
        untagged_policy_days=bool(properties.untagged_policy_days),
        soft_delete_days=bool(properties.soft_delete_days),
        private_endpoints=bool(parts.private_endpoints),
        replicas=bool(parts.replicas),
        encryption=parts.encryption is not None,
        cache=parts.cache is not None,
    )


def _repositories(reader: Reader, members: Members) -> dict[str, Retention]:
    """What may expire, by name, sorted. A repository appears with its first push: nothing is made for it beside its grants."""
    shared = Retention("retention", read_retention(reader.get("retention"), reader.problems))
    if reader.get("repositories") in (None, {}):
        reader.problem("repositories", "at least one is needed", 'for example {"api": {}}')
    found = {}
    for key, entry in reader.objects("repositories"):
        good = _KEY.fullmatch(key) and len(key) <= LONGEST_KEY
        if not good:
            hint = f"up to {LONGEST_KEY} lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
            entry.problems.append(Problem(entry.path, "is not a repository name", hint))
        members.add(key if good else "", entry)
        _refuse_immutable(entry)
        retention, given = shared, entry.get("retention")
        if given is not None:
            path = entry.at("retention")
            retention = Retention(path, read_retention(given, entry.problems, path))
        if good:
            found[key] = retention
        entry.finish()
    return found


def _refuse_immutable(reader: Reader) -> None:
    if reader.boolean("immutable_tags", False):
        hint = "ACR locks single tags and images after their push: pull by digest, or lock them in CI"
        reader.problem("immutable_tags", "cannot be kept", hint)


def _registry_name(reader: Reader, name: str) -> str:
    """Source of its limits: "Resource naming rules and restrictions", Microsoft.ContainerRegistry."""
    given = reader.text("registry_name")
    found = given or re.sub("[^a-z0-9]", "", name.lower())
    if not _NAME.fullmatch(found):
        message = f"is not a registry's name: {found!r}"
        reader.problem(
            "registry_name", message, "5 to 50 letters and digits; nobody in Azure may have it yet"
        )
    return found


def _resource_group(reader: Reader) -> Any:
    """Source of its limits: "Resource naming rules and restrictions", Microsoft.Resources."""
    group = read_leaf(reader, "resource_group_name", _GROUP, "rg-images")
    if group is None:
        hint = "the name of a resource group that exists; the registry makes none"
        reader.problem("resource_group_name", "is required", hint)
    return group


def _location(reader: Reader) -> str:
    location = reader.text("location")
    if not location:
        reader.problem("location", "is required", "a region such as westeurope")
    elif not _LOCATION.fullmatch(location):
        reader.problem("location", f"is no region: {location!r}", "its short name, as in westeurope")
    return location


def _deletion(reader: Reader) -> str:
    if reader.get("deletion") == "empty":
        hint = "Azure deletes a registry with everything in it: retain keeps it, force deletes it"
        reader.problem("deletion", "'empty' cannot be kept", hint)
        return "retain"
    return reader.choice("deletion", "retain", DELETIONS)


def _tags(reader: Reader) -> dict[str, str]:
    """Source of the limit: "Use tags to organize your Azure resources"."""
    entries = Reader(reader.get("tags"), reader.problems, reader.at("tags"))
    tags = {key: entries.text(key) for key in sorted(entries.values)}
    if len(tags) > MOST_TAGS:
        reader.problem("tags", f"must be {MOST_TAGS} at most, got {len(tags)}")
    return tags


def grant_problems(
    settings: Settings,
    kind: str,
    member: Any,
    repositories: Sequence[str] | None,
    taken: Collection[tuple[str, str]],
) -> list[Problem]:
    """What is wrong with one more grant to `pull` or `push`, made by a program.

    repositories: None for the whole registry. taken: kind and principal of the assignments that there are.
    """
    problems = []
    for key in repositories or ():
        if key not in settings.repositories:
            hint = f"keys: {', '.join(settings.repositories)}"
            problems.append(Problem("repositories", f"has no {key!r}", hint))
    if repositories is not None and not repositories:
        problems.append(Problem("repositories", "names none", "leave it out for the whole registry"))
    if repositories and settings.legacy:
        problems.append(Problem("repositories", "would open the whole registry", WHOLE))
    if repositories and not problems:
        held = condition(role_of(kind, settings.legacy), repositories)
        if len(held) > LONGEST:
            hint = "name fewer of them, or none for the whole registry"
            problems.append(too_long("repositories", "the grant names", repositories, hint))
    if is_later(member):
        return problems
    if not isinstance(member, str) or not is_member(member):
        return [*problems, Problem("member", f"is no principal: {member!r}", HINT)]
    if (kind, member_of(member).principal_id) in taken:
        hint = "Azure takes one assignment of a role: name all of the principal's repositories in one place"
        problems.append(Problem("member", "has that role already, by the arguments or another grant", hint))
    return problems
