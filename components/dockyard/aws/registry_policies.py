"""Policy documents of a registry: who may replicate into it and fill its caches, and what ECR may do for its templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard.aws.policies import VERSION, length, principal
from dockyard.aws.templates import ROOT, Template

LONGEST = 10_240
"""Characters of a registry policy (ECR API Reference, PutRegistryPolicy)."""
REPLICATE = ("ecr:CreateRepository", "ecr:ReplicateImage")
IMPORT = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""What the first pull through a cache takes (Amazon ECR User Guide, "IAM permissions required to sync an upstream registry ...")."""
EXAMPLE = "arn:aws-us-gov:ecr:us-gov-east-1:123456789012"
"""As long as an ARN's beginning can be."""


def registry_policy(
    arn: str, replicate_from: Sequence[str], pull: Mapping[str, Sequence[Any]]
) -> dict[str, Any] | None:
    """The policy of the registry; None where nobody is named.

    arn: `arn:aws:ecr:REGION:ACCOUNT`, the beginning of each repository's. pull: by the prefix of a cache, who may fill it.
    """
    statements: list[dict[str, Any]] = []
    if replicate_from:
        statements.append(_statement("Replicate", replicate_from, REPLICATE, f"{arn}:repository/*"))
    named = [prefix for prefix in sorted(pull) if pull[prefix]]
    for number, prefix in enumerate(named, 1):
        statements.append(_statement(f"Cache{number}", pull[prefix], IMPORT, below(arn, prefix)))
    return {"Version": VERSION, "Statement": statements} if statements else None


def is_too_long(replicate_from: Sequence[str], pull: Mapping[str, Sequence[Any]]) -> bool:
    """Whether ECR would refuse the policy, told before account and region are known."""
    policy = registry_policy(EXAMPLE, replicate_from, pull)
    return policy is not None and length(policy) > LONGEST


def below(arn: str, prefix: str) -> str:
    """The repositories below a prefix; ROOT: all."""
    return f"{arn}:repository/*" if prefix == ROOT else f"{arn}:repository/{prefix}/*"


def _statement(sid: str, who: Sequence[Any], actions: Sequence[str], resource: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": [principal(one, resource.split(":")[1]) for one in who]},
        "Action": list(actions),
        "Resource": [resource],
    }


def template_trust() -> dict[str, Any]:
    """Lets ECR take the role (Amazon ECR User Guide, "Create an IAM role for repository creation templates").

    It is the documented one to the letter: that ECR names a source account when it takes the role is documented nowhere, so a condition
    on it could lock ECR out. The role works for templates of its own account alone, and whoever makes one must be let pass the role.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": "ecr.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": VERSION, "Statement": [statement]}


def template_policy(
    place: Mapping[str, str], templates: Sequence[Template], kms_keys: Sequence[str]
) -> dict[str, Any]:
    """What the role of these templates may do: less than the documented policy, which holds for every repository and key.

    place: partition, region and account of the registry. kms_keys: ARNs of the templates' keys.
    Source: Amazon ECR User Guide, "Create a custom policy for repository creation templates".
    """
    resources: dict[str, set[str]] = {"ecr:CreateRepository": set()}
    for template in templates:
        region = template.region or place["region"]
        arn = below(f"arn:{place['partition']}:ecr:{region}:{place['account']}", template.prefix)
        resources["ecr:CreateRepository"].add(arn)
        if "REPLICATION" in template.applied_for:
            resources.setdefault("ecr:ReplicateImage", set()).add(arn)
        if template.content.tags:
            resources.setdefault("ecr:TagResource", set()).add(arn)
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": [action], "Resource": sorted(arns)}
        for action, arns in resources.items()
    ]
    if kms_keys:
        actions = ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"]
        statements.append({"Effect": "Allow", "Action": actions, "Resource": sorted(set(kms_keys))})
    return {"Version": VERSION, "Statement": statements}
