"""The arguments of `EcrRegistrySettings`, read: every problem at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.aws.audit import Audit, read_audit
from dockyard.aws.caches import Cache, read_caches
from dockyard.aws.leaves import REGION, read_accounts, read_tags
from dockyard.aws.registry_policies import LONGEST, is_too_long
from dockyard.aws.replication import ReplicationRule, read_replication, templates_of
from dockyard.aws.scanning import Scanning, read_scanning
from dockyard.aws.templates import Template, read_templates
from dockyard.errors import Problem, ProblemsError
from dockyard.reader import Reader

_PULLER = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:(?:role|user)/[\w+=,.@/-]+")
LONGEST_PULLER = 200


@dataclass(frozen=True)
class Settings:
    """One registry's settings; what each means, `dockyard.aws.registry_args` says. `region` is "" where the provider says it."""

    region: str
    scanning: Scanning | None
    replication: tuple[ReplicationRule, ...]
    replicate_from: tuple[str, ...]
    caches: tuple[Cache, ...]
    templates: tuple[Template, ...]
    account: tuple[tuple[str, str], ...]
    exclusions: tuple[str, ...]
    audit: Audit | None
    permissions_boundary: str
    tags: Mapping[str, str]

    @property
    def cache_pull(self) -> dict[str, list[Any]]:
        """Who may fill each cache, by its prefix."""
        return {cache.prefix: list(cache.pull) for cache in self.caches}

    @property
    def roleless(self) -> tuple[Template, ...]:
        """Templates that a role must be made for."""
        return tuple(one for one in self.templates if one.needs_role and one.content.role_arn is None)


def read_registry_settings(values: Mapping[str, Any], subject: str) -> Settings:
    """Raises ProblemsError, naming every problem."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    region = reader.text("region")
    if region and not REGION.fullmatch(region):
        reader.problem("region", f"is not a region: {region!r}", "eu-central-1")
    replication = read_replication(reader, region)
    settings = Settings(
        region=region,
        scanning=read_scanning(reader),
        replication=replication,
        replicate_from=read_accounts(reader, "replicate_from"),
        caches=read_caches(reader, region),
        templates=(*read_templates(reader, region), *templates_of(replication)),
        account=_account_settings(reader),
        exclusions=_exclusions(reader),
        audit=read_audit(reader, region),
        permissions_boundary=reader.text("permissions_boundary"),
        tags=read_tags(reader),
    )
    reader.finish()
    if is_too_long(settings.replicate_from, settings.cache_pull):
        hint = "name accounts, not roles"
        problems.append(
            Problem("pull_through_cache", f"makes a registry policy of more than {LONGEST} characters", hint)
        )
    if problems:
        raise ProblemsError(subject, dict.fromkeys(problems))
    return settings


def _account_settings(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Name and value, as ECR calls them (ECR API Reference, PutAccountSetting)."""
    found = []
    for key, name, value in (
        ("native_basic_scanning", "BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"),
        ("registry_policy_v2", "REGISTRY_POLICY_SCOPE", "V2"),
    ):
        if reader.get(key) is False:
            reader.problem(key, "cannot be turned off", "leave it out, or true")
        elif reader.boolean(key, False):
            found.append((name, value))
    if reader.get("blob_mounting") is not None:
        found.append(("BLOB_MOUNTING", "ENABLED" if reader.boolean("blob_mounting", False) else "DISABLED"))
    return tuple(sorted(found))


def _exclusions(reader: Reader) -> tuple[str, ...]:
    arns = reader.texts("pull_time_exclusions")
    for index, text in enumerate(arns):
        if len(text) > LONGEST_PULLER or not _PULLER.fullmatch(text):
            hint = f"the ARN of a role or user, up to {LONGEST_PULLER} characters"
            reader.problem(f"pull_time_exclusions/{index}", f"is no such ARN: {text!r}", hint)
    return tuple(sorted(set(arns)))
