"""Rights of an identity to push: to which repositories."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.checks.policy_document import Document, Statement, read
from dockyard.checks.values import at, many, texts

PUT = "ecr:PutImage"
_TAGS = ("aws:resourcetag/", "ecr:resourcetag/")
BROAD = (
    *("AdministratorAccess", "PowerUserAccess"),
    *("AmazonEC2ContainerRegistryFullAccess", "AmazonEC2ContainerRegistryPowerUser"),
)
"""Policies that AWS manages and that let their holder push to every repository of the account."""

DOCUMENTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws:iam/rolePolicy:RolePolicy": (("policy",),),
    "aws:iam/policy:Policy": (("policy",),),
    "aws:iam/userPolicy:UserPolicy": (("policy",),),
    "aws:iam/groupPolicy:GroupPolicy": (("policy",),),
    "aws:iam/role:Role": (("inlinePolicies", "policy"),),
    "aws-native:iam:RolePolicy": (("policyDocument",),),
    "aws-native:iam:ManagedPolicy": (("policyDocument",),),
    "aws-native:iam:Role": (("policies", "policyDocument"),),
}
"""Type of resource to where it holds identity policies; the second part of a path is looked up in each item of the first."""

ATTACHMENTS: Mapping[str, str] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/role:Role": "managedPolicyArns",
    "aws-native:iam:Role": "managedPolicyArns",
}
"""Type of resource to the property with the ARNs of managed policies."""

_REQUIRED = ("policy", "policyDocument")


def documents(resource_type: str, properties: Mapping[str, Any]) -> Iterator[Document]:
    """The identity policies in a resource."""
    for path in DOCUMENTS.get(resource_type, ()):
        if len(path) == 1:
            yield read(properties.get(path[0]))
            continue
        for item in many(properties.get(path[0])):
            # An empty item in inlinePolicies is how a program says that there are to be none.
            if isinstance(item, Mapping) and item.get(path[1]) is not None:
                yield read(item[path[1]])


def managed(resource_type: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Names of AWS's own policies among those attached that are about every repository."""
    for arn in texts(properties.get(ATTACHMENTS.get(resource_type, ""))):
        if ":iam::aws:policy/" in arn and arn.rpartition("/")[2] in BROAD:
            yield arn.rpartition("/")[2]


def pushes(document: Document) -> bool:
    """Whether it lets its holder push anything anywhere."""
    return any(each.may(PUT) for each in document.allowing)


def everywhere(document: Document) -> Iterator[str]:
    """Why it lets its holder push to every repository."""
    for statement in document.allowing:
        if not statement.may(PUT) or _by_tag(statement):
            continue
        if "NotResource" in statement.inverted:
            yield f"{statement.label}: pushes to whatever NotResource does not name: name the repositories' ARNs"
            continue
        wide = next((each for each in statement.resources if _is_every_repository(each)), None)
        if wide is not None:
            yield f"{statement.label}: pushes to {wide!r}, every repository: name the repositories' ARNs"


def _is_every_repository(arn: str) -> bool:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "*" in arn
    return parts[2] in ("ecr", "*") and not parts[5].removeprefix("repository/").strip("*?")


def _by_tag(statement: Statement) -> bool:
    """Whether a condition on the repositories' tags narrows it, or may."""
    narrowed = any(each.requires and each.key.startswith(_TAGS) for each in statement.conditions)
    return narrowed or statement.condition_unknown


def required_and_malformed(resource_type: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Why a document that the resource is made of is none."""
    for path in DOCUMENTS.get(resource_type, ()):
        if path[0] in _REQUIRED and (problem := read(at(properties, *path)).problem):
            yield f"{path[0]} {problem}: write a policy with a Statement"
