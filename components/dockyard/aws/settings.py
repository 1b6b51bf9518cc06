"""The arguments of `EcrRegistry`, read: every problem at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import (
    NAME,
    mutability,
    read_exclusions,
    read_kms_key,
    read_members,
    read_organizations,
    read_tags,
    read_texts_by_name,
    union,
)
from dockyard.aws.lifecycle import lifecycle_policy
from dockyard.aws.policies import LONGEST, length, repository_policy
from dockyard.errors import Problem, ProblemsError
from dockyard.reader import Reader
from dockyard.retention import Rule, read_retention
from dockyard.trust.aws import refusals
from dockyard.trust.read import read_trusts
from dockyard.trust.trust import Trust

DELETIONS = ("retain", "empty", "force")


@dataclass(frozen=True)
class EcrRepository:
    """One repository. `pull` and `push` hold texts, and Outputs as they were given."""

    name: str
    mutability: str
    exclusions: tuple[str, ...]
    lifecycle: str
    policy: dict[str, Any] | None


@dataclass(frozen=True)
class Key:
    """A KMS key to be made. Limits: KMS API Reference, EnableKeyRotation and ScheduleKeyDeletion."""

    rotation_days: int
    deletion_window_days: int


@dataclass(frozen=True)
class Settings:
    """One registry; what each setting means, `dockyard.aws.args` says."""

    repositories: tuple[EcrRepository, ...]
    scan_on_push: bool
    kms_key_arn: Any
    kms_key: Key | None
    trusts: tuple[Trust, ...]
    oidc_providers: Mapping[str, str]
    permissions_boundary: str
    deletion: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Common:
    """What holds for every repository unless its key says otherwise."""

    immutable: bool
    exclusions: tuple[str, ...]
    rules: tuple[Rule, ...]
    pull: tuple[Any, ...]
    push: tuple[Any, ...]
    organizations: tuple[str, ...]
    lambda_pull: bool


def read_settings(values: Mapping[str, Any], subject: str) -> Settings:
    """Raises ProblemsError, naming every problem."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    if reader.get("repositories") in (None, {}):
        reader.problem("repositories", "at least one is needed", 'for example {"api": {}}')
    common = _common(reader)
    repositories = tuple(_repository(name, entry, common) for name, entry in reader.objects("repositories"))
    settings = Settings(
        repositories=repositories,
        scan_on_push=reader.boolean("scan_on_push", True),
        kms_key_arn=read_kms_key(reader),
        kms_key=_key(reader),
        trusts=read_trusts(reader, [repository.name for repository in repositories], refusals),
        oidc_providers=read_texts_by_name(reader, "oidc_providers"),
        permissions_boundary=reader.text("permissions_boundary"),
        deletion=reader.choice("deletion", "retain", DELETIONS),
        tags=read_tags(reader),
    )
    reader.finish()
    if problems:
        raise ProblemsError(subject, dict.fromkeys(problems))
    return settings


def _key(reader: Reader) -> Key | None:
    if reader.get("kms_key") is None:
        return None
    if reader.get("kms_key_arn") is not None:
        reader.problem("kms_key", "does not go together with kms_key_arn", "one of them")
    entry = Reader(reader.get("kms_key"), reader.problems, reader.at("kms_key"))
    key = Key(
        rotation_days=entry.integer("rotation_days", 365, 90, 2560),
        deletion_window_days=entry.integer("deletion_window_days", 30, 7, 30),
    )
    entry.finish()
    return key


def _common(reader: Reader) -> Common:
    organizations = read_organizations(reader)
    return Common(
        immutable=reader.boolean("immutable_tags", True),
        exclusions=read_exclusions(reader),
        rules=read_retention(reader.get("retention"), reader.problems, "retention"),
        pull=read_members(reader, "pull"),
        push=read_members(reader, "push"),
        organizations=organizations,
        lambda_pull=reader.boolean("lambda_pull", False),
    )


def _repository(name: str, entry: Reader, common: Common) -> EcrRepository:
    if not NAME.fullmatch(name) or not 2 <= len(name) <= 256:
        hint = "2 to 256 lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
        entry.problems.append(Problem(entry.path, "is not a repository name", hint))
    immutable = entry.boolean("immutable_tags", common.immutable)
    given = entry.get("retention")
    path = "retention" if given is None else entry.at("retention")
    rules = common.rules if given is None else read_retention(given, entry.problems, path)
    push = union(common.push, read_members(entry, "push"))
    pull = tuple(member for member in union(common.pull, read_members(entry, "pull")) if member not in push)
    entry.finish()
    policy = repository_policy(pull, push, common.organizations, common.lambda_pull)
    if policy and length(policy) > LONGEST:
        entry.problems.append(
            Problem(entry.path, f"has a policy of more than {LONGEST} characters", "name accounts, not roles")
        )
    exclusions = common.exclusions if immutable else ()
    mode = mutability(immutable, exclusions)
    return EcrRepository(name, mode, exclusions, lifecycle_policy(rules, entry.problems, path), policy)
