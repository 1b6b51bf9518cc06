"""Grants of Google Cloud: who gets which role, in each of the shapes that IAM has."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.checks.values import UNKNOWN, at, first, many, quoted, text, texts
from dockyard.trust.gcp import member_refusal

REPOSITORY = (
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
    "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy",
)
SERVICE_ACCOUNT = (
    "gcp:serviceaccount/iAMMember:IAMMember",
    "gcp:serviceaccount/iAMBinding:IAMBinding",
    "gcp:serviceaccount/iAMPolicy:IAMPolicy",
)
ABOVE = tuple(
    f"gcp:{level}/iAM{kind}:IAM{kind}"
    for level in ("projects", "folder", "organizations")
    for kind in ("Member", "Binding", "Policy")
)
"""Grants on a project, a folder, an organization."""

EVERYBODY = {"allUsers": "the whole internet", "allAuthenticatedUsers": "everybody with a Google account"}
PUSH = {
    "roles/artifactregistry.writer",
    "roles/artifactregistry.createOnPushWriter",
    "roles/artifactregistry.createOnPushRepoAdmin",
    "roles/artifactregistry.repoAdmin",
    "roles/artifactregistry.admin",
}
BROAD = {"roles/editor", "roles/owner"}
_SET = "principalSet://"
_BY_NAME = {"repository", "repository_owner", "project_path", "namespace_path"}
_BY_OWNER = {"repository_owner_id", "namespace_id"}


def grants(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Role and member; "" for a role that is unknown."""
    if "policyData" in properties:
        for binding in many(at(_policy(properties), "bindings")):
            yield from ((text(at(binding, "role")), member) for member in texts(at(binding, "members")))
        return
    members = first(properties, "members", "member")
    yield from ((text(properties.get("role")), member) for member in texts(members))


def problem(resource_type: str, properties: Mapping[str, Any]) -> str:
    """Why a policy is none; "" where it is one, is not known yet, or where the resource has none."""
    if not resource_type.endswith("Policy"):
        return ""
    found = _policy(properties)
    if found is UNKNOWN or isinstance(found, Mapping):
        return ""
    return "policyData is no policy: use gcp.organizations.get_iam_policy"


def _policy(properties: Mapping[str, Any]) -> Any:
    value = properties.get("policyData")
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def to_everybody(properties: Mapping[str, Any]) -> Iterator[str]:
    """Grants to nobody in particular."""
    for role, member in grants(properties):
        if member in EVERYBODY:
            shown = role or "the role"
            yield f"{member} gives {shown} to {EVERYBODY[member]}: name the identities that need it"


def to_strangers(properties: Mapping[str, Any], names_suffice: bool) -> Iterator[str]:
    """Principal sets of workload identities that others can enter, or that a name alone keeps shut."""
    for _, member in grants(properties):
        refused = member_refusal("member", member)
        if refused is not None:
            yield f"{refused.message}: use {refused.hint}"
            continue
        if not member.startswith(_SET):
            continue
        kind, _, value = member.rpartition("/workloadIdentityPools/")[2].partition("/")[2].partition("/")
        attribute = kind.removeprefix("attribute.")
        if attribute in _BY_OWNER:
            yield f"{quoted(member)} is every repository of an owner: use attribute.repository_id"
        elif attribute in _BY_NAME and not names_suffice:
            yield f"{quoted(member)} goes by the name {value!r}, which can be taken over: use attribute.repository_id"


def pushes_everywhere(properties: Mapping[str, Any]) -> Iterator[str]:
    """Roles above a repository that push to each one below."""
    for role, member in grants(properties):
        if role in PUSH or (role in BROAD and member.startswith(("principal://", _SET))):
            hint = "give roles/artifactregistry.writer on the repository"
            yield f"{role} pushes to every repository there, as {quoted(member)}: {hint}"
