"""The KMS key of a registry, where it is asked for."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.aws.policies import key_policy
from dockyard.aws.settings import Settings


def key_arn(name: str, settings: Settings, opts: pulumi.ResourceOptions, invoke: pulumi.InvokeOptions) -> Any:
    """The ARN of the key that encrypts the repositories, never that of an alias; None where Amazon's key does.

    A key that is made stays when the repositories do: what it encrypts is lost without it.
    """
    if settings.kms_key is None:
        return settings.kms_key_arn
    identity, region = aws.get_caller_identity_output(opts=invoke), aws.get_region_output(opts=invoke)
    policy = pulumi.Output.all(identity.arn, region.region, identity.account_id).apply(
        lambda known: json.dumps(key_policy(known[0].split(":")[1], known[1], known[2]))
    )
    key = aws.kms.Key(
        f"{name}-key",
        description=f"encrypts the container images of {name}",
        enable_key_rotation=True,
        rotation_period_in_days=settings.kms_key.rotation_days,
        deletion_window_in_days=settings.kms_key.deletion_window_days,
        policy=policy,
        tags=dict(settings.tags),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(retain_on_delete=settings.deletion == "retain")
        ),
    )
    return key.arn
