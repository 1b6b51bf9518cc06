"""The settings of a registry in Artifact Registry: frozen, checked, with every default filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard.errors import Problem, ProblemsError
from dockyard.gcp.members import read_members
from dockyard.gcp.repositories import Common, GoogleRepository, read_repositories
from dockyard.gcp.rules import DownloadRule, read_rules
from dockyard.gcp.sources import Source, read_source
from dockyard.gcp.trusts import read_ci_trust, read_pool
from dockyard.leaves import read_leaf
from dockyard.reader import Reader
from dockyard.retention import read_retention
from dockyard.trust.trust import Trust

SEVERITIES = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
DELETIONS = {"retain": "ABANDON", "force": "DELETE"}
_LOCATION = re.compile(r"[a-z]+(?:-[a-z]+[0-9]+)?")
_PROJECT = r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_KMS_KEY = r"projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+"
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_MOST_LABELS = 64


@dataclass(frozen=True)
class Settings:
    """One registry; what each setting means, `dockyard.gcp.args` says. `Any`: perhaps known during the deployment only."""

    location: str
    repositories: tuple[GoogleRepository, ...]
    source: Source
    project: Any = None
    kms_key_name: Any = None
    vulnerability_scanning: bool = True
    cleanup_dry_run: bool = True
    deletion_policy: str = "ABANDON"
    labels: tuple[tuple[str, str], ...] = ()
    rules: tuple[DownloadRule, ...] = ()
    vpcsc_policy: str = ""
    log_severity: str = ""
    apis: tuple[str, ...] = ()
    trusts: tuple[Trust, ...] = ()
    pool_id: str = ""

    @property
    def host(self) -> str:
        """What clients sign in to."""
        return f"{self.location}-docker.pkg.dev"


def read_settings(values: Mapping[str, Any], subject: str, name: str) -> Settings:
    """Settings of plain values (snake_case keys, as `GarRegistryArgs` names them) for the component `name`.

    Raises ProblemsError, with `subject` in its first line, for everything wrong with them.
    """
    problems: list[Problem] = []
    reader = Reader(values, problems)
    source = read_source(reader)
    common = _common(reader, source, name)
    repositories = read_repositories(reader, common)
    scanning = reader.boolean("vulnerability_scanning", True)
    settings = Settings(
        location=_location(reader),
        repositories=repositories,
        source=source,
        project=read_leaf(reader, "project", _PROJECT, "my-project-123"),
        kms_key_name=read_leaf(
            reader, "kms_key_name", _KMS_KEY, "projects/P/locations/L/keyRings/R/cryptoKeys/K"
        ),
        vulnerability_scanning=scanning,
        cleanup_dry_run=reader.boolean("cleanup_dry_run", True),
        deletion_policy=_deletion_policy(reader),
        labels=_labels(reader),
        rules=_rules(reader, source, repositories),
        vpcsc_policy=_optional(reader, "vpcsc_policy", ("deny", "allow")),
        log_severity=_optional(reader, "platform_logs", SEVERITIES),
        apis=_apis(reader, scanning and not source.is_virtual),
        trusts=read_ci_trust(reader, repositories),
        pool_id=read_pool(reader, f"{common.repository_id}-ci"),
    )
    reader.finish()
    if problems:
        raise ProblemsError(subject, sorted(problems, key=lambda problem: problem.path))
    return settings


def _common(reader: Reader, source: Source, name: str) -> Common:
    per_key = reader.boolean("repository_per_key", False)
    immutable = reader.boolean("immutable_tags", source.is_standard)
    common = Common(
        reader.text("repository_id", name),
        per_key,
        immutable,
        frozenset(read_members(reader, "pull")),
        frozenset(read_members(reader, "push")),
        () if source.is_virtual else read_retention(reader.get("retention"), reader.problems),
    )
    if not source.is_standard:
        _refuse_for_proxies(reader, common)
    if source.is_virtual and reader.get("retention"):
        reader.problem("retention", "does not go with virtual", "the upstreams hold the images: say it there")
    return common


def _refuse_for_proxies(reader: Reader, common: Common) -> None:
    """What a remote or virtual repository cannot do. Source: "Repository overview"."""
    given = {"immutable_tags": common.immutable_tags, "push": common.push, "ci_trust": reader.get("ci_trust")}
    for key in (key for key, value in given.items() if value):
        reader.problem(key, "needs a repository that is pushed to", "leave out remote and virtual, or this")
    if common.per_key:
        hint = "remote and virtual repositories hold all images of their upstreams"
        reader.problem("repository_per_key", "does not go with remote or virtual", hint)


def _location(reader: Reader) -> str:
    location = reader.text("location")
    if not location:
        reader.problem("location", "is required", "a region such as europe-west1, or europe, us, asia")
    elif not _LOCATION.fullmatch(location):
        reader.problem(
            "location", f"is no region: {location!r}", "europe-west1, for example; a zone is too narrow"
        )
    return location


def _deletion_policy(reader: Reader) -> str:
    """What the provider calls it: ABANDON forgets the repository, DELETE deletes it with everything in it."""
    if reader.get("deletion") == "empty":
        hint = (
            "Artifact Registry deletes a repository with everything in it: retain keeps it, force deletes it"
        )
        reader.problem("deletion", "'empty' cannot be kept", hint)
        return DELETIONS["retain"]
    return DELETIONS[reader.choice("deletion", "retain", DELETIONS)]


def _labels(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Source of the limits: "Labels overview"."""
    tags = Reader(reader.get("tags"), reader.problems, reader.at("tags"))
    labels = {key: tags.text(key) for key in sorted(tags.values)}
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            tags.problem(
                key, "cannot be a label's key", f"lower-case letters, digits, - and _: {_like_label(key)}"
            )
        if not _LABEL_VALUE.fullmatch(value):
            hint = f"lower-case letters, digits, - and _: {_like_label(value)}"
            tags.problem(key, f"cannot be a label's value: {value!r}", hint)
    if len(labels) > _MOST_LABELS:
        reader.problem("tags", f"must be {_MOST_LABELS} at most, got {len(labels)}")
    return tuple(labels.items())


def _like_label(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:63]


def _rules(
    reader: Reader, source: Source, repositories: tuple[GoogleRepository, ...]
) -> tuple[DownloadRule, ...]:
    if reader.get("download_rules") and not source.is_standard:
        hint = "Artifact Registry takes rules for standard repositories: put them on the upstreams"
        reader.problem("download_rules", "does not go with remote or virtual", hint)
    return read_rules(reader, [key for repository in repositories for key in repository.keys])


def _optional(reader: Reader, key: str, choices: tuple[str, ...]) -> str:
    return reader.choice(key, choices[0], choices) if reader.get(key) is not None else ""


def _apis(reader: Reader, scanning: bool) -> tuple[str, ...]:
    """Names of the services to turn on."""
    if not reader.boolean("enable_apis", False):
        return ()
    names = ["artifactregistry"]
    if scanning:
        names.append("containerscanning")
    if reader.get("ci_trust"):
        names += ["iam", "iamcredentials", "sts"]
    return tuple(f"{name}.googleapis.com" for name in names)
