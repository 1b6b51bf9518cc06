"""A repository on GitHub: which of its workflows are meant, and the subjects that GitHub gives them.

Source: "OpenID Connect reference" of GitHub's documentation (subjects, immutable subject claims, `%3A`, `include_claim_keys`).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from dockyard.reader import Reader
from dockyard.trust.names import (
    read_environments,
    read_number,
    read_push,
    read_refs,
    refuse,
    refuse_wildcard,
)
from dockyard.trust.refusals import (
    AbusableClaim,
    AnyContext,
    FloatingWorkflow,
    LookAlike,
    NoSubject,
    OwnerWide,
    PullRequestPush,
    WorkflowName,
)
from dockyard.trust.trust import Service, Spelling, Trust

ISSUER = "https://token.actions.githubusercontent.com"
FORMATS = ("immutable", "legacy", "both")
DEFAULT_CLAIMS = ("repo", "context")
FIRST_CLAIMS = ("repo", "repository_id", "repository_owner_id")
CLAIMS = (*FIRST_CLAIMS, "context", "job_workflow_ref")
_OWNER = r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}"
_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]{1,100}"
_REPOSITORY = re.compile(rf"({_OWNER})/({_NAME})")
_WORKFLOW = re.compile(rf"({_OWNER}/{_NAME}/\.github/workflows/[A-Za-z0-9._-]+\.ya?ml)(?:@(.*))?")
_WORKFLOW_REF = re.compile(r"refs/(?:heads|tags)/[^\s~^:?*\[\\$]+|[0-9a-f]{40}")
_ISSUER = re.compile(
    r"https://token\.actions\.(?:githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(?:/[A-Za-z0-9-]+)?"
)
_HINT = "gh api repos/OWNER/NAME --jq "


@dataclass(frozen=True)
class GitHubRepository:
    """A repository by its names and by its numbers."""

    owner: str
    owner_id: str
    name: str
    repository_id: str

    def claim(self, key: str, *, context: str, workflow: str, immutable: bool) -> str:
        """One part of a subject."""
        if key == "context":
            return context
        if key == "repo":
            owner_id, own_id = (f"@{self.owner_id}", f"@{self.repository_id}") if immutable else ("", "")
            return f"repo:{self.owner}{owner_id}/{self.name}{own_id}"
        value = {
            "repository_id": self.repository_id,
            "repository_owner_id": self.owner_id,
            "job_workflow_ref": encoded(workflow),
        }[key]
        return f"{key}:{value}"


def encoded(value: str) -> str:
    """A value as it stands in a subject, where `:` ends one."""
    return value.replace(":", "%3A")


def is_issuer(text: str) -> bool:
    """Whether GitHub itself signs for that address: github.com, an enterprise there, or one at ghe.com."""
    return _ISSUER.fullmatch(text) is not None


def read_github(reader: Reader, name: str, repositories: Collection[str]) -> Trust:
    """The trust of GitHubTrustArgs. What is wrong is added to the reader's problems; the trust is only good without any."""
    repository = _repository(reader)
    workflow = _workflow(reader)
    claims = _claims(reader, workflow)
    push, pull = _contexts(reader)
    chosen = reader.choice("subject_format", "immutable", FORMATS)
    issuer = reader.text("issuer", ISSUER)
    if not is_issuer(issuer):
        hint = f"{ISSUER}, that with /ENTERPRISE, or an enterprise's own at ghe.com"
        reader.problem("issuer", f"is no issuer of GitHub Actions: {issuer!r}", hint)

    def spelling(immutable: bool) -> Spelling:
        def subjects(contexts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(
                ":".join(
                    repository.claim(key, context=context, workflow=workflow, immutable=immutable)
                    for key in claims
                )
                for context in contexts
            )

        return Spelling(subjects(push), subjects(pull), immutable or "repo" not in claims)

    forms = {"immutable": (True,), "legacy": (False,), "both": (True, False)}[chosen]
    spellings = tuple(dict.fromkeys(spelling(immutable) for immutable in forms))
    pinned = {"repository_id": repository.repository_id, "repository_owner_id": repository.owner_id}
    if workflow:
        pinned["job_workflow_ref"] = workflow
    trust = Trust(
        name=name,
        path=reader.path,
        service=Service.GITHUB,
        issuer=issuer,
        spellings=spellings,
        claims=tuple(pinned.items()),
        repositories=read_push(reader, repositories),
    )
    reader.finish()
    return trust


def _repository(reader: Reader) -> GitHubRepository:
    owner_id = read_number(reader, "owner_id", f"{_HINT}.owner.id")
    repository_id = read_number(reader, "repository_id", f"{_HINT}.id")
    text = reader.text("repository")
    parts = _REPOSITORY.fullmatch(text)
    owner, name = parts.groups() if parts else ("", "")
    if re.fullmatch(rf"{_OWNER}(?:/\**)?", text):
        refuse(reader, "repository", OwnerWide, f"must be one repository, got {text!r}", "owner/name")
    elif refuse_wildcard(reader, "repository", text):
        pass
    elif not parts:
        hint = "without @ and numbers: those are owner_id and repository_id" if "@" in text else ""
        reader.problem("repository", f'should look like "owner/name", got {text!r}', hint)
    elif owner.endswith(f"-{owner_id}") or name.endswith(f"-{repository_id}"):
        hint = "GitHub joins names and numbers by @; a name that ends in its number is somebody else's, or rename it"
        refuse(reader, "repository", LookAlike, f"ends in its own number: {text!r}", hint)
    return GitHubRepository(owner, owner_id, name, repository_id)


def _workflow(reader: Reader) -> str:
    text = reader.text("workflow")
    if not text:
        return ""
    parts = _WORKFLOW.fullmatch(text)
    hint = "owner/name/.github/workflows/file.yml@refs/heads/main, at refs/tags/… or at a full commit"
    if not parts:
        if not refuse_wildcard(reader, "workflow", text):
            message = f"must be the file of a reusable workflow, got {text!r}"
            refuse(reader, "workflow", WorkflowName, message, hint)
    elif not _WORKFLOW_REF.fullmatch(parts[2] or ""):
        refuse(reader, "workflow", FloatingWorkflow, f"must be at one exact ref, got {text!r}", hint)
    return text


def _claims(reader: Reader, workflow: str) -> tuple[str, ...]:
    """The keys of which a subject consists. Where they are refused, the default stands in."""
    claims, key = reader.texts("subject_claims", DEFAULT_CLAIMS), "subject_claims"
    before = len(reader.problems)
    if not claims or claims[0] not in FIRST_CLAIMS:
        message = f"must start with {', '.join(FIRST_CLAIMS[:-1])} or {FIRST_CLAIMS[-1]}, got {list(claims)}"
        hint = "what comes first every repository can say of itself"
        refuse(reader, key, AbusableClaim, message, hint)
    elif not {"repo", "repository_id"} & set(claims):
        message = "names no repository: every one of the owner would fit"
        refuse(reader, key, OwnerWide, message, 'add "repo" or "repository_id"')
    elif "context" not in claims:
        message = "names no branch, tag or environment: every pull request would fit"
        refuse(reader, key, AnyContext, message, 'add "context"')
    for claim in sorted(set(claims) - set(CLAIMS)):
        reader.problem(
            key, f"has a claim whose value is not known here: {claim!r}", f"use {', '.join(CLAIMS)}"
        )
    if len(set(claims)) != len(claims):
        reader.problem(key, "has a claim twice")
    if "job_workflow_ref" in claims and not workflow:
        reader.problem(key, "has job_workflow_ref, but no `workflow` is given")
    return claims if len(reader.problems) == before else DEFAULT_CLAIMS


def _contexts(reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The contexts that push, and those that only pull."""
    push = (
        *(f"ref:{encoded(f'refs/heads/{name}')}" for name in read_refs(reader, "branches", "refs/heads/")),
        *(f"ref:{encoded(f'refs/tags/{name}')}" for name in read_refs(reader, "tags", "refs/tags/")),
        *(f"environment:{encoded(name)}" for name in read_environments(reader, "environments")),
    )
    pull = ("pull_request",) if reader.boolean("pull_requests", False) else ()
    given = any(reader.get(key) for key in ("branches", "tags", "environments"))
    if not given and not pull:
        hint = 'branches: ["main"], or environments: [...] that are protected on GitHub'
        reader.problems.append(NoSubject(reader.path, "names no branch, tag or environment", hint))
    elif not given and reader.get("push"):
        message = "only pull requests are trusted, and they must not push"
        refuse(
            reader, "push", PullRequestPush, message, "add branches, tags or environments, or leave push out"
        )
    return push, pull
