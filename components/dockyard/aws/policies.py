"""Policy documents: who may do what with a repository, and what a role may do with them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.aws.perms import PULL, PUSH, SIGN_IN

VERSION = "2012-10-17"
LONGEST = 10_240
"""Characters of a repository policy (ECR API Reference, SetRepositoryPolicy)."""


LATER = "x" * 64
"""Stands for what is known during the deployment only, where a document is measured before it."""


def length(document: Mapping[str, Any]) -> int:
    """Characters of a document as it will be sent; principals that are not known yet count as many as a role's ARN has."""
    return len(json.dumps(document, default=lambda _: LATER))


def principal(value: Any) -> Any:
    """An account's number as the ARN of its root; anything else as it is."""
    return f"arn:aws:iam::{value}:root" if isinstance(value, str) and value.isdigit() else value


def repository_policy(
    pull: Sequence[Any], push: Sequence[Any], organizations: Sequence[str] = (), lambda_pull: bool = False
) -> dict[str, Any] | None:
    """The policy of one repository; None where nobody is named. A principal may be an Output: the document then holds it."""
    statements: list[dict[str, Any]] = []
    for sid, members, actions in (("Pull", pull, PULL), ("Push", push, PUSH)):
        if members:
            statements.append(_statement(sid, {"AWS": [principal(member) for member in members]}, actions))
    if organizations:
        # `*` is everybody; the condition leaves the accounts of these organizations.
        condition = {"StringEquals": {"aws:PrincipalOrgID": list(organizations)}}
        statements.append({**_statement("PullOrganizations", "*", PULL), "Condition": condition})
    if lambda_pull:
        lambda_actions = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
        statements.append(_statement("PullLambda", {"Service": "lambda.amazonaws.com"}, lambda_actions))
    return {"Version": VERSION, "Statement": statements} if statements else None


def _statement(sid: str, who: Any, actions: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": list(actions)}


def role_policy(repository_arns: Sequence[str], *, push: bool) -> dict[str, Any]:
    """What a role needs to pull from these repositories alone, or to push to them too."""
    return {
        "Version": VERSION,
        "Statement": [
            {"Sid": "SignIn", "Effect": "Allow", "Action": [SIGN_IN], "Resource": "*"},
            {
                "Sid": "Push" if push else "Pull",
                "Effect": "Allow",
                "Action": list(PUSH if push else PULL),
                "Resource": sorted(repository_arns),
            },
        ],
    }
