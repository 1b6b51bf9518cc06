"""Trust as Google Cloud checks it: a provider of a workload identity pool for each trust and access, and the principal set that it makes.

Sources: "Configure Workload Identity Federation with deployment pipelines" and "Workload Identity Federation" of Google's documentation
(google.subject of 127 bytes, conditions in CEL of 4,096 characters); a token for no known audience must name the provider itself.
"""

import re
from collections.abc import Iterator

from dockyard.errors import Problem, ProblemsError
from dockyard.trust.names import has_wildcard
from dockyard.trust.refusals import BroadPrincipal, TooMuch
from dockyard.trust.trust import Access, Service, Trust

LONGEST_CONDITION = 4096
LONGEST_SUBJECT = 127
PUSH_EVENTS = ("push", "workflow_dispatch", "release")
"""Events of GitHub that run what is on the ref. pull_request_target and workflow_run carry a branch's subject too."""
PUSH_SOURCES = ("push", "web", "schedule")
"""Sources of GitLab's pipelines, without those of merge requests."""
_POOL = re.compile(r"projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}")
_MEMBER = re.compile(r"principalSet://iam\.googleapis\.com/(?:.*/workloadIdentityPools/[^/]+)/(.*)")
_OPEN = {"actor", "actor_id", "base_ref", "environment", "event_name", "head_ref", "ref", "sha", "workflow"}


def refusals(trust: Trust) -> Iterator[Problem]:
    """What Google Cloud has no room for."""
    if trust.name.startswith("gcp-"):
        yield Problem(trust.path, "must not start with gcp-, which Google keeps for itself")
    for access in trust.accesses:
        length = len(_condition(trust, access))
        if length > LONGEST_CONDITION:
            message = f"makes a condition of {length} characters, the limit is {LONGEST_CONDITION}"
            yield TooMuch(trust.path, message, "split it into several, or trust one environment")


def provider_id(trust: Trust, access: Access = Access.PUSH) -> str:
    """The id of its provider, 6 to 32 characters. A provider for each trust and access keeps their conditions apart."""
    return f"{trust.name}-{access}"


def attribute_mapping(trust: Trust, access: Access = Access.PUSH) -> dict[str, str]:
    """What the provider maps. google.subject is made of numbers, because a subject with a long branch is too long for it."""
    number, run = _numbers(trust)
    return {
        "google.subject": f"assertion.{number} + ':' + assertion.{run}",
        f"attribute.{number}": f"assertion.{number}",
        "attribute.access": f"{_quoted(f'{trust.name}.{access}.')} + assertion.{number}",
    }


def attribute_condition(trust: Trust, access: Access = Access.PUSH) -> str:
    """The provider's condition, in CEL. Raises ProblemsError for what `refusals` names."""
    problems = list(refusals(trust))
    if access not in trust.accesses:
        problems.append(Problem(trust.path, f"lets nobody {access}"))
    if problems:
        raise ProblemsError(f"trust {trust.name!r}", problems)
    return _condition(trust, access)


def principal_set(pool: str, trust: Trust, access: Access = Access.PUSH) -> str:
    """The IAM member for those that the trust's provider lets in: the repository by its number, and only with this access.

    pool: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`, the pool's `name`. A set of `attribute.repository_id` alone would
    also hold what another provider of the pool lets in, such as pull requests. Raises DockyardError for any other pool.
    """
    if not _POOL.fullmatch(pool):
        problem = Problem("pool", f"is no workload identity pool: {pool!r}", "the pool's `name`")
        raise ProblemsError(f"trust {trust.name!r}", [problem])
    value = f"{trust.name}.{access}.{trust.repository_id}"
    return f"principalSet://iam.googleapis.com/{pool}/attribute.access/{value}"


def member_refusal(path: str, member: str) -> BroadPrincipal | None:
    """Why that IAM member must not be let in: a whole pool, a wildcard, or an attribute that anybody can claim of himself."""
    matched = _MEMBER.fullmatch(member)
    if not matched:
        return None
    attribute, _, value = matched[1].partition("/")
    hint = "principalSet://…/attribute.repository_id/NUMBER, or principal://…/subject/SUBJECT"
    if has_wildcard(matched[1]) or not value:
        return BroadPrincipal(path, f"lets the whole pool in: {member!r}", hint)
    if attribute.removeprefix("attribute.") in _OPEN:
        return BroadPrincipal(path, f"is open to everybody who claims {attribute}: {member!r}", hint)
    return None


def _numbers(trust: Trust) -> tuple[str, str]:
    """The claims with the numbers of the repository and of the run."""
    if trust.service is Service.GITHUB:
        return "repository_id", "run_id"
    return "project_id", "pipeline_id"


def _condition(trust: Trust, access: Access) -> str:
    parts = [f"assertion.{claim} == {_quoted(value)}" for claim, value in trust.claims]
    if trust.service is Service.GITLAB:
        return " && ".join([*parts, _one_of("pipeline_source", PUSH_SOURCES), _jobs(trust, access)])
    events = PUSH_EVENTS if access is Access.PUSH else ("pull_request",)
    return " && ".join([*parts, _one_of("sub", trust.subjects(access)), _one_of("event_name", events)])


def _jobs(trust: Trust, access: Access) -> str:
    """Protected refs or protected environments: anybody who may push a branch can make the others."""
    kinds = []
    if subjects := trust.subjects(access):
        kinds.append(f"{_one_of('sub', subjects)} && assertion.ref_protected == 'true'")
    if trust.environments:
        known = "has(assertion.environment) && has(assertion.environment_protected)"
        named = _one_of("environment", trust.environments)
        kinds.append(f"{known} && {named} && assertion.environment_protected == 'true'")
    return f"({kinds[0]} || {kinds[1]})" if len(kinds) > 1 else kinds[0]


def _one_of(claim: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return f"assertion.{claim} == {_quoted(values[0])}"
    return f"assertion.{claim} in [{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    """A string of CEL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
