"""The arguments of `EcrPublicRegistry`, read; and its policies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockyard.aws.leaves import read_members, read_tags, union
from dockyard.aws.policies import LONGEST, VERSION, length, principal
from dockyard.aws.settings import DELETIONS
from dockyard.errors import Problem, ProblemsError
from dockyard.reader import Reader

REGION = "us-east-1"
"""Where Amazon ECR Public is administered (Amazon ECR Public User Guide, "Public registries")."""
PUSH = (
    "ecr-public:BatchCheckLayerAvailability",
    "ecr-public:CompleteLayerUpload",
    "ecr-public:InitiateLayerUpload",
    "ecr-public:PutImage",
    "ecr-public:UploadLayerPart",
)
SIGN_IN = ("ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken")
ARCHITECTURES = ("ARM", "ARM 64", "x86", "x86-64")
SYSTEMS = ("Linux", "Windows")
LONGEST_DESCRIPTION, LONGEST_TEXT = 1024, 25_600
# ECR Public API Reference, CreateRepository.
_NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
REFUSED = {
    "retention": ("ECR Public expires nothing", "leave it out, and delete tags in CI"),
    "immutable_tags": (
        "every tag of ECR Public can be moved",
        "leave it out, and sign images or name digests",
    ),
    "mutable_tags": ("every tag of ECR Public can be moved", "leave it out"),
    "scan_on_push": ("ECR Public scans nothing", "leave it out, and scan in CI"),
    "kms_key_arn": ("ECR Public takes no keys: everybody reads its images", "leave it out"),
    "kms_key": ("ECR Public takes no keys: everybody reads its images", "leave it out"),
    "pull": ("everybody may pull from ECR Public", "leave it out, or use EcrRegistry"),
    "organizations": ("everybody may pull from ECR Public", "leave it out, or use EcrRegistry"),
    "lambda_pull": ("Lambda makes functions of private images alone", "use EcrRegistry"),
    "ci_trust": ("makes roles for private repositories alone", "grant_push takes a role of CI"),
}
"""What the others take and this one cannot keep; each with the reason and what to do."""


@dataclass(frozen=True)
class PublicRepository:
    """One repository. `push` may hold Outputs, as they were given."""

    name: str
    catalog: Mapping[str, Any]
    policy: dict[str, Any] | None


@dataclass(frozen=True)
class Settings:
    """What each means, `dockyard.aws.public_args` says."""

    repositories: tuple[PublicRepository, ...]
    deletion: str
    tags: Mapping[str, str]


def read_public_settings(values: Mapping[str, Any], subject: str) -> Settings:
    """Raises ProblemsError, naming every problem."""
    problems: list[Problem] = []
    reader = Reader(values, problems)
    _refuse(reader)
    if reader.get("repositories") in (None, {}):
        reader.problem("repositories", "at least one is needed", 'for example {"api": {}}')
    if reader.text("region", REGION) != REGION:
        hint = f"leave it out: its images are pulled from everywhere, and {REGION} administers them"
        reader.problem("region", f"ECR Public is in {REGION} alone, got {reader.text('region')!r}", hint)
    push = read_members(reader, "push")
    settings = Settings(
        repositories=tuple(_repository(name, entry, push) for name, entry in reader.objects("repositories")),
        deletion=reader.choice("deletion", "retain", DELETIONS),
        tags=read_tags(reader),
    )
    reader.finish()
    if problems:
        raise ProblemsError(subject, dict.fromkeys(problems))
    return settings


def _refuse(reader: Reader) -> None:
    for key, (reason, hint) in REFUSED.items():
        if reader.get(key) is not None:
            reader.problem(key, f"cannot be kept: {reason}", hint)


def _repository(name: str, entry: Reader, shared: Sequence[Any]) -> PublicRepository:
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= 205:
        hint = "2 to 205 lower-case letters and digits, joined by `.`, `_`, `-` and `/`"
        entry.problems.append(Problem(entry.path, "is not a repository name", hint))
    _refuse(entry)
    catalog = {
        "description": _text(entry, "description", LONGEST_DESCRIPTION),
        "about_text": _text(entry, "about", LONGEST_TEXT),
        "usage_text": _text(entry, "usage", LONGEST_TEXT),
        "architectures": _badges(entry, "architectures", ARCHITECTURES),
        "operating_systems": _badges(entry, "operating_systems", SYSTEMS),
    }
    policy = push_policy(union(shared, read_members(entry, "push")))
    entry.finish()
    if policy and length(policy) > LONGEST:
        hint = "name accounts, not roles"
        entry.problems.append(Problem(entry.path, f"has a policy of more than {LONGEST} characters", hint))
    return PublicRepository(name, {key: value for key, value in catalog.items() if value}, policy)


def _text(entry: Reader, key: str, longest: int) -> str:
    text = entry.text(key)
    if len(text) > longest:
        entry.problem(key, f"has {len(text)} characters, ECR Public takes {longest}")
    return text


def _badges(entry: Reader, key: str, known: Sequence[str]) -> list[str]:
    given = entry.texts(key)
    for index, text in enumerate(given):
        if text not in known:
            entry.problem(f"{key}/{index}", f"must be one of {', '.join(known)}, got {text!r}")
    return sorted(set(given))


def push_policy(push: Sequence[Any]) -> dict[str, Any] | None:
    """The policy of one repository; None where nobody is named."""
    if not push:
        return None
    who = {"AWS": [principal(member) for member in push]}
    return {
        "Version": VERSION,
        "Statement": [{"Sid": "Push", "Effect": "Allow", "Principal": who, "Action": list(PUSH)}],
    }


def role_policy(repository_arns: Sequence[str]) -> dict[str, Any]:
    """What a role needs to push to these repositories."""
    return {
        "Version": VERSION,
        "Statement": [
            {"Sid": "SignIn", "Effect": "Allow", "Action": list(SIGN_IN), "Resource": "*"},
            {"Sid": "Push", "Effect": "Allow", "Action": list(PUSH), "Resource": sorted(repository_arns)},
        ],
    }
