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


def principal(value: Any, partition: str = "aws") -> Any:
    """An account's number as the ARN of its root; anything else as it is."""
    return f"arn:{partition}:iam::{value}:root" if isinstance(value, str) and value.isdigit() else value


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


KEY_ADMINISTRATION = (
    *(
        "kms:CancelKeyDeletion",
        "kms:DescribeKey",
        "kms:DisableKey",
        "kms:DisableKeyRotation",
        "kms:EnableKey",
    ),
    *("kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy"),
    *("kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource"),
    "kms:UpdateKeyDescription",
)
KEY_USE = ("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant")
"""What making an encrypted repository takes; pulling and pushing take nothing of the key (Amazon ECR User Guide, "Encryption at rest")."""


def key_policy(partition: str, region: str, account: str) -> dict[str, Any]:
    """The policy of a registry's key: who IAM policies of the account let do so administers it, or uses it by way of ECR in this
    region; nobody decrypts anything with it himself.
    """
    root = {"AWS": f"arn:{partition}:iam::{account}:root"}
    end = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    via = {"kms:CallerAccount": account, "kms:ViaService": f"ecr.{region}.{end}"}
    return {
        "Version": VERSION,
        "Statement": [
            {**_statement("Administer", root, KEY_ADMINISTRATION), "Resource": "*"},
            {
                **_statement("UseByEcr", root, KEY_USE),
                "Resource": "*",
                "Condition": {"StringEquals": via},
            },
        ],
    }
