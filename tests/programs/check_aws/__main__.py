"""A repository with its policy, the account that only AWS knows, a password from the configuration, another stack's output."""

import json

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity_output().account_id
other = pulumi.StackReference("organization/network/prod")
repository = aws.ecr.Repository(
    "images",
    image_tag_mutability="IMMUTABLE",
    image_scanning_configuration={"scan_on_push": True},
    tags={"vpc": other.get_output("vpc")},
)
aws.ecr.RepositoryPolicy(
    "images",
    repository=repository.name,
    policy=account.apply(
        lambda id_: json.dumps({"Statement": [{"Principal": {"AWS": f"arn:aws:iam::{id_}:root"}}]})
    ),
)
aws.secretsmanager.SecretVersion(
    "login", secret_id="login", secret_string=pulumi.Config().require_secret("password")
)
shared = aws.ecr.Repository.get("shared", "shared")
pulumi.export("url", repository.repository_url)
pulumi.export("account", account)
pulumi.export("shared", shared.repository_url)
pulumi.export("password", pulumi.Config().require_secret("password"))
