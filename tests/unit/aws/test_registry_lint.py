"""An existing linter accepts what is registered: AWS's schemas of the resources, and the grammar of their policies."""

import importlib.util
import json

import pytest

from tests.support.cfn import findings, lint
from tests.unit.aws.conftest import ACCOUNT, REGION

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("cfnlint"), reason="cfn-lint is not installed")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/puller"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EVERYTHING = {
    "scanning": {"type": "enhanced", "scan_on_push": ["*"], "continuous_scan": ["prod-*"]},
    "replication": {
        "dr": {
            "destinations": [{"region": "eu-west-1"}, {"region": REGION, "registry_id": "210987654321"}],
            "prefixes": ["prod/", "base"],
            "replica": {"pull": [ROLE], "mutable_tags": ["latest"], "tags": {"a": "b"}},
        }
    },
    "replicate_from": ["210987654321"],
    "creation_templates": {
        "ROOT": {"applied_for": ["create-on-push"], "kms_key_arn": KEY, "lambda_pull": True},
        "quay": {"applied_for": ["pull-through-cache"], "organizations": ["o-a1b2c3d4e5"]},
    },
    "pull_through_cache": {
        "quay": {"upstream": "quay", "pull": [ROLE, "111122223333"]},
        "ROOT": {
            "upstream": "ecr",
            "url": "210987654321.dkr.ecr.eu-west-1.amazonaws.com",
            "role_arn": ROLE,
            "pull": [ROLE],
        },
    },
    "pull_time_exclusions": [ROLE],
}


def test_everything_that_is_registered(setup):
    assert findings(setup(**EVERYTHING)) == set()


@pytest.mark.parametrize(
    ("upstream", "more"),
    [
        ("ecr-public", {}),
        ("k8s", {}),
        ("docker-hub", {"username": "a", "access_token": "b"}),
        ("ghcr", {"username": "a", "access_token": "b"}),
        ("gitlab", {"username": "a", "access_token": "b"}),
        ("chainguard", {"username": "a", "access_token": "b"}),
        ("acr", {"url": "acme1.azurecr.io", "username": "a", "access_token": "b"}),
    ],
)
def test_every_upstream(setup, upstream, more):
    assert findings(setup(pull_through_cache={"up": {"upstream": upstream, **more}})) == set()


def test_the_linter_looks_into_the_policies(setup):
    """A linter that accepts everything would pass the tests above."""
    made = setup(**EVERYTHING)
    for item in made.registered:
        for key in ("policy", "assumeRolePolicy", "repositoryPolicy"):
            if key in item.inputs:
                item.inputs[key] = item.inputs[key].replace('"Allow"', '"Permit"')
    kinds = {"AWS::ECR::Repository", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::RolePolicy"}
    assert {found.partition("/")[0] for found in findings(made)} == kinds


@pytest.mark.parametrize(
    "target", [f"arn:aws:sqs:{REGION}:{ACCOUNT}:events", f"arn:aws:sns:{REGION}:{ACCOUNT}:events"]
)
def test_the_policy_of_the_audit_s_target(setup, target):
    policy = json.loads(setup.output("audit_policy", audit={"target_arn": target}))
    queue = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": policy, "Queues": ["x"]}}
    topic = {"Type": "AWS::SNS::TopicPolicy", "Properties": {"PolicyDocument": policy, "Topics": [target]}}
    assert lint({"Policy": queue if ":sqs:" in target else topic}) == set()
