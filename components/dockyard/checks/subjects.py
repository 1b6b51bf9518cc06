"""Subjects of tokens that CI gets: whom one of them stands for.

Source: "OpenID Connect reference" of GitHub's documentation, "Configure OpenID Connect" of GitLab's. What a constructor refuses,
`dockyard.trust.refusals` names; here the same is said of a subject that somebody else wrote.
"""

import re
from collections.abc import Iterator

from dockyard.checks.policy_document import fits
from dockyard.checks.values import quoted
from dockyard.trust.github import FIRST_CLAIMS, is_issuer
from dockyard.trust.names import has_wildcard

GITHUB, GITLAB, OTHER = "GitHub", "GitLab", "other"
_HOSTS = {
    GITLAB: re.compile(r"(?:[a-z0-9-]+\.)*gitlab(?:\.[a-z0-9-]+)+(?::[0-9]+)?(?:/.*)?"),
    OTHER: re.compile(
        r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/id/.*|oidc\.circleci\.com/.*|agent\.buildkite\.com"
        r"|app\.terraform\.io|api\.bitbucket\.org/.*|vstoken\.dev\.azure\.com/.*"
    ),
}
_IMMUTABLE = re.compile(r"repo:[^/:@*?]+@[0-9]+/[^/:@*?]+@[0-9]+(?::.*|)")
# A value has no colon of its own: GitHub writes %3A for one.
_NUMBERED = re.compile(r"(?:[^*?]*:)?repository_id:[0-9]+(?::.*|)")


def service(issuer: str) -> str:
    """Who signs for that issuer, an address with or without https://; "" for one that is not known to sign for CI."""
    host = issuer.removeprefix("https://")
    if is_issuer(f"https://{host}"):
        return GITHUB
    return next((name for name, pattern in _HOSTS.items() if pattern.fullmatch(host)), "")


def is_pull_request(subject: str, wildcards: bool) -> bool:
    """Whether a pull request of GitHub would have that subject, among others perhaps."""
    if not wildcards:
        return subject.endswith(":pull_request")
    return fits("repo:acme@1/app@2:pull_request", f"*{subject.rpartition(':')[2]}")


def has_ids(subject: str) -> bool:
    """Whether the subject names its repository by number, exactly."""
    if subject.partition(":")[0] not in FIRST_CLAIMS:
        return False
    return any(pattern.fullmatch(subject) for pattern in (_IMMUTABLE, _NUMBERED))


def too_wide(issuer: str, subject: str, wildcards: bool) -> Iterator[str]:
    """Why more than one known workflow carries that subject. wildcards: whether `*` and `?` stand for other text in it."""
    if not subject.strip("*?: "):
        yield f"the subject {quoted(subject)} is everybody's: name a repository and what of it may sign in"
    elif service(issuer) == GITHUB:
        yield from _github(subject, wildcards)
    elif wildcards and has_wildcard(subject):
        yield f"the subject {quoted(subject)} has a wildcard: name each of those that are meant"


def _github(subject: str, wildcards: bool) -> Iterator[str]:
    claim, _, rest = subject.partition(":")
    if claim not in FIRST_CLAIMS:
        yield f"the subject {quoted(subject)} starts with what any repository can claim: start it with repo"
        return
    if not wildcards or not has_wildcard(subject):
        return
    repository, _, context = rest.partition(":")
    owner, _, name = repository.partition("/")
    if has_wildcard(owner):
        yield f"the subject {quoted(subject)} also fits other owners: write the owner out, without a wildcard"
    elif claim == "repo" and (has_wildcard(name) or not name):
        whole = name in ("*", "")
        yield (
            f"the subject {quoted(subject)} fits {'every repository of the owner' if whole else 'other repositories'}"
            ": name one repository"
        )
    elif context.strip("*?") == "":
        yield f"the subject {quoted(subject)} fits every branch, tag and pull request: name an environment, or one ref"
    else:
        yield f"the subject {quoted(subject)} fits more than one ref or environment: name each of them"


def by_name(issuer: str, subject: str) -> str:
    """Why the repository that a subject names can become somebody else's; "" where it cannot, or where it is of another service."""
    kind = service(issuer)
    if kind == GITHUB and not has_ids(subject):
        if subject.startswith("repository_owner_id:"):
            return f"the subject {quoted(subject)} is every repository of an owner: add repository_id to it"
        return (
            f"the subject {quoted(subject)} has names and no numbers, so that whoever takes the name over gets in: "
            "use GitHub's immutable subjects, repo:OWNER@ID/NAME@ID:…"
        )
    if kind == GITLAB:
        return (
            f"the subject {quoted(subject)} is a path, so that whoever takes it over gets in: "
            "set namesSuffice where the cloud reads no number of GitLab's"
        )
    return ""
