"""Readers that the components of Amazon ECR share."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.aws.policies import principal
from dockyard.checks.tags import FILTER, MOST_FILTERS, MOST_WILDCARDS
from dockyard.later import is_later
from dockyard.reader import Reader

# ECR API Reference, CreateRepository.
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
NAME = re.compile(rf"{_PART}(?:/{_PART})*")
ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]+)+-[0-9]")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_MEMBER = re.compile(r"[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]+")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+")
_MEMBER_HINT = "an account's number of 12 digits, or the ARN of a role or user"
MOST_TAGS = 50


def read_list(reader: Reader, key: str) -> tuple[Any, ...]:
    """What the list under `key` holds, whatever that is; nothing where it is left out."""
    values = reader.get(key)
    if values is None:
        return ()
    if not isinstance(values, (list, tuple)):
        reader.problem(key, f"must be a list, got {values!r}")
        return ()
    return tuple(values)


def read_members(reader: Reader, key: str) -> tuple[Any, ...]:
    """Principals as they were given: texts, and what is known during the deployment only."""
    values = read_list(reader, key)
    for index, value in enumerate(values):
        if not is_later(value) and not (isinstance(value, str) and _MEMBER.fullmatch(value)):
            reader.problem(f"{key}/{index}", f"is no principal: {value!r}", _MEMBER_HINT)
    return values


def union(shared: Sequence[Any], own: Sequence[Any]) -> tuple[Any, ...]:
    """Each once: texts sorted, so that their order in the arguments changes nothing; then those that are not known yet."""
    texts = {member for member in (*shared, *own) if isinstance(member, str)}
    later = [member for member in (*shared, *own) if not isinstance(member, str)]
    return (*sorted(texts, key=lambda text: str(principal(text))), *later)


def read_organizations(reader: Reader) -> tuple[str, ...]:
    """Ids of organizations, sorted."""
    organizations = reader.texts("organizations")
    for index, text in enumerate(organizations):
        if not ORGANIZATION.fullmatch(text):
            reader.problem(
                f"organizations/{index}", f"is not an organization's id: {text!r}", "o-exampleorgid"
            )
    return tuple(sorted(organizations))


def read_accounts(reader: Reader, key: str) -> tuple[str, ...]:
    """Numbers of accounts, each once, sorted."""
    accounts = reader.texts(key)
    for index, text in enumerate(accounts):
        if not ACCOUNT.fullmatch(text):
            reader.problem(f"{key}/{index}", f"is not an account's number: {text!r}", "12 digits")
    return tuple(sorted(set(accounts)))


def read_exclusions(reader: Reader) -> tuple[str, ...]:
    """The patterns of `mutable_tags`, sorted."""
    patterns = reader.texts("mutable_tags")
    for index, pattern in enumerate(patterns):
        if not FILTER.fullmatch(pattern) or pattern.count("*") > MOST_WILDCARDS:
            hint = f"a tag, in which up to {MOST_WILDCARDS} `*` may stand for any text"
            reader.problem(f"mutable_tags/{index}", f"is not a pattern of tags: {pattern!r}", hint)
        elif not pattern.strip("*"):
            reader.problem(
                f"mutable_tags/{index}", "would make every tag mutable", "set immutable_tags to false"
            )
    if len(patterns) > MOST_FILTERS:
        reader.problem("mutable_tags", f"has {len(patterns)} patterns, ECR takes {MOST_FILTERS}")
    if patterns and reader.get("immutable_tags") is False:
        reader.problem(
            "mutable_tags", "says nothing where all tags are mutable", "leave it out, or immutable_tags"
        )
    return tuple(sorted(patterns))


def mutability(immutable: bool, exclusions: Sequence[str]) -> str:
    """ECR's word for it."""
    return "IMMUTABLE_WITH_EXCLUSION" if immutable and exclusions else "IMMUTABLE" if immutable else "MUTABLE"


def read_kms_key(reader: Reader, key: str = "kms_key_arn", region: str = "") -> Any:
    """The ARN of a key, never an alias; in that region, where one is given."""
    value = reader.get(key)
    if value is None or is_later(value):
        return value
    found = _KEY.fullmatch(value) if isinstance(value, str) else None
    if not found:
        hint = "the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias would replace the repositories each time"
        reader.problem(key, f"is not a key's ARN: {value!r}", hint)
    elif region and found[1] != region:
        hint = "a repository is encrypted by a key of its own region"
        reader.problem(key, f"is a key of {found[1]}, the repositories are in {region}", hint)
    return value


def read_texts_by_name(reader: Reader, key: str) -> dict[str, str]:
    """An object of texts, sorted by name."""
    values = reader.get(key) or {}
    if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
        reader.problem(key, "must be an object of texts")
        return {}
    return {str(name): values[name] for name in sorted(values)}


def read_tags(reader: Reader) -> dict[str, str]:
    """Tags of resources, as many as AWS takes."""
    tags = read_texts_by_name(reader, "tags")
    if len(tags) > MOST_TAGS:
        reader.problem("tags", f"has {len(tags)} tags, AWS takes {MOST_TAGS}")
    return tags


def read_matching(reader: Reader, key: str, pattern: re.Pattern[str], what: str, hint: str = "") -> Any:
    """The text under `key`, which must match where it is known; what will be one later; None where it is left out."""
    value = reader.get(key)
    if value is None or is_later(value):
        return value
    if not isinstance(value, str) or not pattern.fullmatch(value):
        reader.problem(key, f"is not {what}: {value!r}", hint)
        return None
    return value
