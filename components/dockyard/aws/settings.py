"""The arguments of `EcrRegistry`, read: every problem at once."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.aws.lifecycle import lifecycle_policy
from dockyard.aws.policies import LONGEST, principal, repository_policy
from dockyard.errors import Problem, ProblemsError
from dockyard.later import is_later
from dockyard.reader import Reader
from dockyard.retention import Rule, read_retention
from dockyard.trust.aws import refusals
from dockyard.trust.read import read_trusts
from dockyard.trust.trust import Trust

# ECR API Reference, CreateRepository.
_NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
_EXCLUSION = re.compile(r"[0-9a-zA-Z._*-]{1,128}")
_MEMBER = re.compile(r"[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]+")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_MEMBER_HINT = "an account's number of 12 digits, or the ARN of a role or user"
MOST_EXCLUSIONS, MOST_WILDCARDS, MOST_TAGS = 5, 2, 50
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
class Settings:
    """One registry; what each setting means, `dockyard.aws.args` says."""

    repositories: tuple[EcrRepository, ...]
    scan_on_push: bool
    kms_key_arn: Any
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
        kms_key_arn=_kms_key(reader),
        trusts=read_trusts(reader, [repository.name for repository in repositories], refusals),
        oidc_providers=_texts_by_name(reader, "oidc_providers"),
        permissions_boundary=reader.text("permissions_boundary"),
        deletion=reader.choice("deletion", "retain", DELETIONS),
        tags=_texts_by_name(reader, "tags"),
    )
    if len(settings.tags) > MOST_TAGS:
        reader.problem("tags", f"has {len(settings.tags)} tags, AWS takes {MOST_TAGS}")
    reader.finish()
    if problems:
        raise ProblemsError(subject, dict.fromkeys(problems))
    return settings


def _common(reader: Reader) -> Common:
    organizations = reader.texts("organizations")
    for index, text in enumerate(organizations):
        if not _ORGANIZATION.fullmatch(text):
            reader.problem(
                f"organizations/{index}", f"is not an organization's id: {text!r}", "o-exampleorgid"
            )
    return Common(
        immutable=reader.boolean("immutable_tags", True),
        exclusions=_exclusions(reader),
        rules=read_retention(reader.get("retention"), reader.problems, "retention"),
        pull=_members(reader, "pull"),
        push=_members(reader, "push"),
        organizations=tuple(sorted(organizations)),
        lambda_pull=reader.boolean("lambda_pull", False),
    )


def _repository(name: str, entry: Reader, common: Common) -> EcrRepository:
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= 256:
        hint = "2 to 256 lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
        entry.problems.append(Problem(entry.path, "is not a repository name", hint))
    immutable = entry.boolean("immutable_tags", common.immutable)
    given = entry.get("retention")
    path = "retention" if given is None else entry.at("retention")
    rules = common.rules if given is None else read_retention(given, entry.problems, path)
    push = _union(common.push, _members(entry, "push"))
    pull = tuple(member for member in _union(common.pull, _members(entry, "pull")) if member not in push)
    entry.finish()
    policy = repository_policy(pull, push, common.organizations, common.lambda_pull)
    if policy and len(json.dumps(policy, default=str)) > LONGEST:
        entry.problems.append(
            Problem(entry.path, f"has a policy of more than {LONGEST} characters", "name accounts, not roles")
        )
    exclusions = common.exclusions if immutable else ()
    mode = "IMMUTABLE_WITH_EXCLUSION" if exclusions else "IMMUTABLE" if immutable else "MUTABLE"
    return EcrRepository(name, mode, exclusions, lifecycle_policy(rules, entry.problems, path), policy)


def _union(shared: tuple[Any, ...], own: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each once: texts sorted, so that their order in the arguments changes nothing; then those that are not known yet."""
    texts = {member for member in (*shared, *own) if isinstance(member, str)}
    later = [member for member in (*shared, *own) if not isinstance(member, str)]
    return (*sorted(texts, key=lambda text: str(principal(text))), *later)


def _members(reader: Reader, key: str) -> tuple[Any, ...]:
    values = reader.get(key)
    if values is None:
        return ()
    if not isinstance(values, (list, tuple)):
        reader.problem(key, f"must be a list, got {values!r}")
        return ()
    for index, value in enumerate(values):
        if not is_later(value) and not (isinstance(value, str) and _MEMBER.fullmatch(value)):
            reader.problem(f"{key}/{index}", f"is no principal: {value!r}", _MEMBER_HINT)
    return tuple(values)


def _exclusions(reader: Reader) -> tuple[str, ...]:
    patterns = reader.texts("mutable_tags")
    for index, pattern in enumerate(patterns):
        if not _EXCLUSION.fullmatch(pattern) or pattern.count("*") > MOST_WILDCARDS:
            hint = f"a tag, in which up to {MOST_WILDCARDS} `*` may stand for any text"
            reader.problem(f"mutable_tags/{index}", f"is not a pattern of tags: {pattern!r}", hint)
        elif not pattern.strip("*"):
            reader.problem(
                f"mutable_tags/{index}", "would make every tag mutable", "set immutable_tags to false"
            )
    if len(patterns) > MOST_EXCLUSIONS:
        reader.problem("mutable_tags", f"has {len(patterns)} patterns, ECR takes {MOST_EXCLUSIONS}")
    if patterns and reader.get("immutable_tags") is False:
        reader.problem(
            "mutable_tags", "says nothing where all tags are mutable", "leave it out, or immutable_tags"
        )
    return tuple(sorted(patterns))


def _kms_key(reader: Reader) -> Any:
    value = reader.get("kms_key_arn")
    if value is None or is_later(value):
        return value
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        hint = "the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias would replace the repositories each time"
        reader.problem("kms_key_arn", f"is not a key's ARN: {value!r}", hint)
    return value


def _texts_by_name(reader: Reader, key: str) -> dict[str, str]:
    values = reader.get(key) or {}
    if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
        reader.problem(key, "must be an object of texts")
        return {}
    return {str(name): values[name] for name in sorted(values)}
