"""A project on GitLab: which of its jobs are meant, and the subjects that GitLab gives them.

Source: "OpenID Connect (OIDC) authentication using ID tokens" and "Connect to cloud services" of GitLab's documentation. The default
subject holds the project's path and the ref; the environment is a claim of its own, and so are the numbers.
"""

import re
from collections.abc import Collection

from dockyard.reader import Reader
from dockyard.trust.names import (
    read_environments,
    read_number,
    read_push,
    read_refs,
    refuse,
    refuse_wildcard,
)
from dockyard.trust.refusals import NoSubject, OwnerWide
from dockyard.trust.trust import Service, Spelling, Trust

ISSUER = "https://gitlab.com"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}"
_PROJECT = re.compile(rf"{_PART}(?:/{_PART})+")
_ISSUER = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._-]+)*")


def read_gitlab(reader: Reader, name: str, repositories: Collection[str]) -> Trust:
    """The trust of GitLabTrustArgs. What is wrong is added to the reader's problems; the trust is only good without any."""
    project = _project(reader)
    pinned = {
        "project_id": read_number(reader, "project_id", "the project's overview page shows it"),
        "namespace_id": read_number(reader, "namespace_id", "the group's overview page shows it"),
    }
    branches = read_refs(reader, "branches", "refs/heads/")
    tags = read_refs(reader, "tags", "refs/tags/")
    environments = read_environments(reader, "environments")
    if not any(reader.get(key) for key in ("branches", "tags", "environments")):
        hint = 'branches: ["main"], protected on GitLab'
        reader.problems.append(NoSubject(reader.path, "names no branch, tag or environment", hint))
    issuer = reader.text("issuer", ISSUER)
    if not _ISSUER.fullmatch(issuer):
        reader.problem("issuer", f"is no address of a GitLab instance: {issuer!r}", f"as in {ISSUER}")
    subjects = (
        *(f"project_path:{project}:ref_type:branch:ref:{ref}" for ref in branches),
        *(f"project_path:{project}:ref_type:tag:ref:{ref}" for ref in tags),
    )
    trust = Trust(
        name=name,
        path=reader.path,
        service=Service.GITLAB,
        issuer=issuer,
        spellings=(Spelling(subjects, immutable=False),),
        claims=tuple(pinned.items()),
        repositories=read_push(reader, repositories),
        environments=environments,
        acknowledged=reader.boolean("acknowledge_mutable_subject", False),
    )
    reader.finish()
    return trust


def _project(reader: Reader) -> str:
    text = reader.text("project")
    if re.fullmatch(rf"{_PART}(?:/{_PART})*/\*+|{_PART}/?", text):
        refuse(reader, "project", OwnerWide, f"must be one project, got {text!r}", "group/project")
    elif not refuse_wildcard(reader, "project", text) and not _PROJECT.fullmatch(text):
        reader.problem("project", f'should look like "group/project", got {text!r}')
    return text
