"""The KMS key that a registry makes for itself."""

import importlib.util
import json

import pulumi
import pytest

from tests.support.cfn import findings
from tests.unit.aws.conftest import ACCOUNT, REGION

ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"


def test_a_key_is_made_on_request_alone(make):
    assert make().of("Key") == {}
    assert set(make(kms_key={}).of("Key")) == {"images-key"}


def test_a_key_rotates_and_is_not_deleted_at_once(make):
    key = make(kms_key={}, tags={"team": "x"}).one("Key")
    assert {name: value for name, value in key.items() if name != "policy"} == {
        "description": "encrypts the container images of images",
        "enableKeyRotation": True,
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 30,
        "tags": {"team": "x"},
    }
    other = make(kms_key={"rotation_days": 90, "deletion_window_days": 7}).one("Key")
    assert (other["rotationPeriodInDays"], other["deletionWindowInDays"]) == (90, 7)


def test_the_repositories_are_encrypted_by_the_key_itself(make):
    """An alias would replace them at each deployment."""
    found = make(kms_key={})
    assert found.of("Alias") == {}
    configurations = [one["encryptionConfigurations"] for one in found.of("Repository").values()]
    assert configurations == [[{"encryptionType": "KMS", "kmsKey": ARN}]] * 2


def test_the_key_is_used_by_way_of_ecr_alone_and_decrypts_nothing(make):
    administer, use = json.loads(make(kms_key={}).one("Key")["policy"])["Statement"]
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert use == {
        "Sid": "UseByEcr",
        "Effect": "Allow",
        "Principal": root,
        "Action": ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": ACCOUNT,
                "kms:ViaService": f"ecr.{REGION}.amazonaws.com",
            }
        },
    }
    assert (administer["Principal"], "Condition" in administer) == (root, False)
    assert "kms:PutKeyPolicy" in administer["Action"]
    bad = ("Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "*")
    assert not [action for action in administer["Action"] if action.endswith(bad)]


@pytest.mark.parametrize(("deletion", "stays"), [("retain", True), ("empty", False), ("force", False)])
def test_the_key_stays_where_its_images_stay(make, deletion, stays):
    seen = {}

    def note(args):
        seen[args.type_] = args.opts.retain_on_delete

    opts = pulumi.ResourceOptions(transformations=[note])
    make(kms_key={}, deletion=deletion, opts=opts)
    assert seen["aws:kms/key:Key"] is stays
    assert seen["aws:ecr/repository:Repository"] is stays


@pytest.mark.skipif(not importlib.util.find_spec("cfnlint"), reason="cfn-lint is not installed")
def test_an_existing_linter_accepts_the_key_and_the_policies_of_repositories(make):
    found = make(kms_key={}, pull=["111122223333"], organizations=["o-a1b2c3d4e5"], lambda_pull=True)
    assert findings(found) == set()
