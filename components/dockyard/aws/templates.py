"""Creation templates: what repositories have that ECR makes (Amazon ECR User Guide, "Templates to control repositories created ...")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import (
    NAME,
    ROLE,
    mutability,
    read_exclusions,
    read_kms_key,
    read_matching,
    read_members,
    read_organizations,
    read_tags,
    union,
)
from dockyard.aws.lifecycle import lifecycle_policy
from dockyard.aws.policies import LONGEST, length, repository_policy
from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.retention import read_retention

ROOT = "ROOT"
LONGEST_PREFIX, LONGEST_DESCRIPTION = 256, 256
ACTIONS = {
    "create-on-push": "CREATE_ON_PUSH",
    "pull-through-cache": "PULL_THROUGH_CACHE",
    "replication": "REPLICATION",
}


@dataclass(frozen=True)
class Content:
    """What a repository gets. `kms_key_arn` and the policy's principals may be Outputs, as they were given."""

    mutability: str
    exclusions: tuple[str, ...]
    lifecycle: str
    policy: dict[str, Any] | None
    tags: Mapping[str, str]
    role_arn: Any


@dataclass(frozen=True)
class Template:
    """One template of one region; `region` is "" for the registry's own."""

    prefix: str
    region: str
    applied_for: tuple[str, ...]
    description: str
    kms_key_arn: Any
    content: Content

    @property
    def needs_role(self) -> bool:
        """Tags and keys take a role: without one ECR uses its service-linked role, which may only create."""
        return bool(self.content.tags) or self.kms_key_arn is not None

    @property
    def label(self) -> str:
        """Its part of a resource's name."""
        return f"{self.region}-{self.prefix}" if self.region else self.prefix


def read_templates(reader: Reader, region: str) -> list[Template]:
    """The templates of the registry's own region."""
    return [_template(prefix, entry, region) for prefix, entry in reader.objects("creation_templates")]


def _template(prefix: str, entry: Reader, region: str) -> Template:
    if not is_prefix(prefix, 1, LONGEST_PREFIX):
        hint = (
            f"1 to {LONGEST_PREFIX} lower-case letters and digits, joined by `.`, `_`, `-` and `/`, or ROOT"
        )
        entry.problems.append(Problem(entry.path, "is not a prefix of repository names", hint))
    kinds = entry.texts("applied_for")
    for index, kind in enumerate(kinds):
        if kind not in ACTIONS:
            entry.problem(f"applied_for/{index}", f"must be one of {', '.join(ACTIONS)}, got {kind!r}")
    if not kinds:
        entry.problem("applied_for", "at least one is needed", ", ".join(ACTIONS))
    description = entry.text("description")
    if len(description) > LONGEST_DESCRIPTION:
        entry.problem("description", f"has {len(description)} characters, ECR takes {LONGEST_DESCRIPTION}")
    cached = "pull-through-cache" in kinds
    template = Template(
        prefix=prefix,
        region="",
        applied_for=tuple(ACTIONS[kind] for kind in sorted(set(kinds)) if kind in ACTIONS),
        description=description,
        kms_key_arn=read_kms_key(entry, region=region),
        content=read_content(entry, immutable=not cached),
    )
    entry.finish()
    return template


def read_content(entry: Reader, *, immutable: bool) -> Content:
    """immutable: the default of `immutable_tags`."""
    path = entry.at("retention")
    rules = read_retention(entry.get("retention"), entry.problems, path)
    immutable = entry.boolean("immutable_tags", immutable)
    exclusions = read_exclusions(entry)
    if exclusions and not immutable and entry.get("immutable_tags") is None:
        entry.problem("mutable_tags", "says nothing where all tags are mutable", "set immutable_tags to true")
    push = union((), read_members(entry, "push"))
    pull = tuple(member for member in union((), read_members(entry, "pull")) if member not in push)
    organizations = read_organizations(entry)
    policy = repository_policy(pull, push, organizations, entry.boolean("lambda_pull", False))
    if policy and length(policy) > LONGEST:
        hint = "name accounts, not roles"
        entry.problems.append(Problem(entry.path, f"has a policy of more than {LONGEST} characters", hint))
    return Content(
        mutability=mutability(immutable, exclusions),
        exclusions=exclusions if immutable else (),
        lifecycle=lifecycle_policy(rules, entry.problems, path),
        policy=policy,
        tags=read_tags(entry),
        role_arn=read_matching(entry, "role_arn", ROLE, "a role's ARN"),
    )


def is_prefix(text: str, shortest: int, longest: int) -> bool:
    """Whether ECR takes it for the prefix of templates and caches. One that ends in `/` would be another spelling of the same."""
    return text == ROOT or (shortest <= len(text) <= longest and NAME.fullmatch(text) is not None)
