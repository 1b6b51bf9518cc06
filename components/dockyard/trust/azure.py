"""Trust as Azure checks it: federated credentials of a managed identity, each of them issuer, subject and audience and nothing else.

Source: "Important considerations and restrictions for federated identity credentials" of Microsoft's documentation (20 of them, exact and
case-sensitive, 600 characters each).
"""

import hashlib
from collections.abc import Iterator
from typing import TypedDict

from dockyard.errors import Problem, ProblemsError
from dockyard.trust.refusals import MutableSubject, TooMuch, Unseen
from dockyard.trust.trust import Access, Service, Trust

AUDIENCE = "api://AzureADTokenExchange"
AUDIENCES = (AUDIENCE, f"{AUDIENCE}China", f"{AUDIENCE}USGov")
MOST = 20
LONGEST = 600


class FederatedCredential(TypedDict):
    """One credential, in the words of Azure's API."""

    name: str
    """Made from the subject: another order of the subjects changes no name."""
    issuer: str
    subject: str
    audiences: list[str]


def refusals(trust: Trust) -> Iterator[Problem]:
    """What Azure cannot check of it, and what does not fit."""
    if trust.service is Service.GITHUB and not all(spelling.immutable for spelling in trust.spellings):
        message = (
            "Azure would see the names alone: a managed identity's credential cannot ask for the numbers"
        )
        hint = "subject_format: immutable, and opt the repository in to immutable subjects on GitHub"
        yield MutableSubject(f"{trust.path}/subject_format", message, hint)
    if trust.service is Service.GITLAB and not trust.acknowledged:
        message = "Azure sees no project_id of a GitLab token, so that whoever takes the path over may push"
        yield MutableSubject(trust.path, message, "acknowledge_mutable_subject: true accepts that")
    if trust.environments:
        message = "cannot be checked: Azure sees no environment of a GitLab token"
        yield Unseen(f"{trust.path}/environments", message, "use protected branches or tags")
    for access in trust.accesses:
        yield from _limits(trust, trust.subjects(access))
    yield from _workflow(trust)


def _limits(trust: Trust, subjects: tuple[str, ...]) -> Iterator[Problem]:
    if len(subjects) > MOST:
        message = f"makes {len(subjects)} federated credentials, an identity has room for {MOST}"
        yield TooMuch(trust.path, message, "split it into several, or trust one environment")
    for subject in subjects:
        if len(subject) > LONGEST:
            message = f"makes a subject of {len(subject)} characters, the limit is {LONGEST}: {subject[:60]}…"
            yield TooMuch(trust.path, message)


def _workflow(trust: Trust) -> Iterator[Problem]:
    subjects = [subject for access in trust.accesses for subject in trust.subjects(access)]
    if "job_workflow_ref" in dict(trust.claims) and not all(
        ":job_workflow_ref:" in each for each in subjects
    ):
        message = "cannot be checked: Azure sees the subject alone"
        hint = 'subject_claims: ["repo", "context", "job_workflow_ref"], here and on GitHub'
        yield Unseen(f"{trust.path}/workflow", message, hint)


def federated_credentials(
    trust: Trust, access: Access = Access.PUSH, audience: str = AUDIENCE
) -> list[FederatedCredential]:
    """The credentials of the managed identity for that access, one for each subject.

    audience: one of AUDIENCES, the cloud's own. Raises ProblemsError for what `refusals` names and for another audience.
    """
    problems = list(refusals(trust))
    if audience not in AUDIENCES:
        problems.append(Problem(trust.path, f"has no such audience: {audience!r}", ", ".join(AUDIENCES)))
    if access not in trust.accesses:
        problems.append(Problem(trust.path, f"lets nobody {access}"))
    if problems:
        raise ProblemsError(f"trust {trust.name!r}", problems)
    return [
        {
            "name": f"{trust.name}-{access}-{hashlib.sha256(subject.encode()).hexdigest()[:10]}",
            "issuer": trust.issuer,
            "subject": subject,
            "audiences": [audience],
        }
        for subject in trust.subjects(access)
    ]
