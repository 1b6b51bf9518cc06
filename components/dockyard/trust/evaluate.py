"""Judges what was rendered, for any cloud, against the claims of a token.

Signature, `exp` and `nbf` are the clouds' own business: what is evaluated here is what the policy adds to them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from dockyard.errors import DockyardError
from dockyard.trust.evaluate_aws import evaluate_aws
from dockyard.trust.evaluate_azure import evaluate_azure
from dockyard.trust.evaluate_gcp import evaluate_gcp
from dockyard.trust.verdict import Verdict


class Cloud(StrEnum):
    """Whose policy it is."""

    AWS = "aws"
    AZURE = "azure"
    GCP = "gcp"


def evaluate(policy: object, claims: Mapping[str, Any], cloud: Cloud | None = None) -> Verdict:
    """Whether the policy lets a token with these claims in, with every condition.

    policy: an AWS trust policy (or the role that `aws iam get-role` prints), one Azure federated credential or a list of them, or a
    provider of a Google workload identity pool. cloud: None tells them apart. Raises DockyardError for anything else.
    """
    cloud = cloud or detect(policy)
    if cloud is Cloud.AZURE:
        return evaluate_azure(policy, claims)
    if not isinstance(policy, Mapping):
        raise DockyardError(f"the policy is no object, as {cloud} has them")
    if cloud is Cloud.GCP:
        return evaluate_gcp(policy, claims)
    role = policy.get("Role", policy)
    return evaluate_aws(role.get("AssumeRolePolicyDocument", role), claims)


def detect(policy: object) -> Cloud:
    """Whose policy it is. Raises DockyardError where that cannot be told."""
    first = policy[0] if isinstance(policy, list) and policy else policy
    keys = set(first) if isinstance(first, Mapping) else set()
    if keys & {"Statement", "Role", "AssumeRolePolicyDocument"}:
        return Cloud.AWS
    if keys & {"attributeCondition", "attributeMapping", "oidc"}:
        return Cloud.GCP
    if keys & {"subject", "properties", "claimsMatchingExpression"}:
        return Cloud.AZURE
    hint = "AWS has Statement, Azure issuer, subject and audiences, Google attributeCondition; or say --cloud"
    raise DockyardError("this is a policy of none of the clouds", hint)
