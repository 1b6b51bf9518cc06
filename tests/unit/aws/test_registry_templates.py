"""Templates of repositories, and replication that brings them along: what is registered, exactly."""

import json

import pulumi
import pytest

from tests.unit.aws.conftest import ACCOUNT, REGION

ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/puller"


def test_replication_goes_where_it_is_told_and_brings_a_template_along(setup):
    destinations = [
        {"region": "us-east-1", "registry_id": "210987654321"},
        {"region": "eu-west-1"},
    ]
    found = setup(replication={"dr": {"destinations": destinations, "prefixes": ["prod/"]}})
    assert found.one("ReplicationConfiguration") == {
        "replicationConfiguration": {
            "rules": [
                {
                    "destinations": [
                        {"region": "eu-west-1", "registryId": ACCOUNT},
                        {"region": "us-east-1", "registryId": "210987654321"},
                    ],
                    "repositoryFilters": [{"filter": "prod/", "filterType": "PREFIX_MATCH"}],
                }
            ]
        }
    }
    assert set(found.of("RepositoryCreationTemplate")) == {"images-template-eu-west-1-prod"}


def test_a_replica_has_policy_retention_and_immutability_of_its_own(setup):
    """Neither lifecycle nor policy follow replication: only a template in the destination gives them."""
    replica = {
        "retention": {"untagged_days": 3},
        "mutable_tags": ["latest"],
        "pull": [ROLE],
        "kms_key_arns": {"eu-west-1": KEY},
        "tags": {"team": "x"},
    }
    found = setup(replication={"dr": {"destinations": [{"region": "eu-west-1"}], "replica": replica}})
    template = found.one("RepositoryCreationTemplate")
    lifecycle = json.loads(template.pop("lifecyclePolicy"))
    policy = json.loads(template.pop("repositoryPolicy"))
    assert lifecycle["rules"][0]["selection"]["countNumber"] == 3
    assert policy["Statement"][0]["Principal"] == {"AWS": [ROLE]}
    assert template == {
        "region": "eu-west-1",
        "prefix": "ROOT",
        "appliedFors": ["REPLICATION"],
        "description": "replicas of dr",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filter": "latest", "filterType": "WILDCARD"}],
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
        "resourceTags": {"team": "x"},
        "customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/x",
    }


def test_two_rules_may_share_a_template(setup):
    rule = {"destinations": [{"region": "eu-west-1"}], "prefixes": ["prod/", "pr"]}
    found = setup(replication={"a": rule, "b": rule})
    assert set(found.of("RepositoryCreationTemplate")) == {
        "images-template-eu-west-1-ROOT",
        "images-template-eu-west-1-prod",
    }


def test_a_template_of_the_registry_itself(setup):
    found = setup(
        creation_templates={
            "hub": {"applied_for": ["pull-through-cache"], "description": "cached"},
            "ROOT": {"applied_for": ["create-on-push", "replication"]},
        }
    ).of("RepositoryCreationTemplate")
    assert "region" not in found["images-template-hub"]
    assert found["images-template-hub"]["imageTagMutability"] == "MUTABLE"
    assert found["images-template-hub"]["description"] == "cached"
    assert found["images-template-ROOT"]["imageTagMutability"] == "IMMUTABLE"
    assert found["images-template-ROOT"]["appliedFors"] == ["CREATE_ON_PUSH", "REPLICATION"]
    assert all("resourceTags" not in one and "customRoleArn" not in one for one in found.values())


def test_the_lifecycle_of_a_template_is_json_in_camel_case_without_nulls(setup):
    """The typed form of the SDK knows no tag patterns, and snake_case keys of a dict would be sent as they are."""
    template = setup(
        creation_templates={"x1": {"applied_for": ["replication"], "retention": {"keep_tags": ["v*"]}}}
    ).one("RepositoryCreationTemplate")
    assert isinstance(template["lifecyclePolicy"], str)
    rules = json.loads(template["lifecyclePolicy"])["rules"]
    assert rules[0]["selection"]["tagPatternList"] == ["v*"]
    assert "null" not in template["lifecyclePolicy"]


def test_the_sdk_still_has_no_tag_patterns():
    """Why lifecycle policies are JSON of our own."""
    import pulumi_aws as aws

    with pytest.raises(TypeError, match="tag_pattern_list"):
        aws.ecr.LifecyclePolicySelectionArgs(
            tag_status="tagged", count_type="imageCountMoreThan", count_number=1, tag_pattern_list=["v*"]
        )


def test_a_role_is_made_where_a_template_tags_or_encrypts_and_for_no_more(setup):
    templates = {
        "plain": {"applied_for": ["create-on-push"]},
        "tagged": {"applied_for": ["replication"], "tags": {"a": "b"}},
        "keyed": {
            "applied_for": ["create-on-push"],
            "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
        },
        "owned": {"applied_for": ["create-on-push"], "tags": {"a": "b"}, "role_arn": ROLE},
    }
    found = setup(
        creation_templates=templates, tags={"team": "x"}, permissions_boundary="arn:aws:iam::1:policy/b"
    )
    role = found.one("Role")
    assert json.loads(role["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ecr.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    assert (role["tags"], role["permissionsBoundary"]) == ({"team": "x"}, "arn:aws:iam::1:policy/b")
    assert json.loads(found.one("RolePolicy")["policy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["ecr:CreateRepository"],
            "Resource": [f"{ARN}/keyed/*", f"{ARN}/tagged/*"],
        },
        {"Effect": "Allow", "Action": ["ecr:ReplicateImage"], "Resource": [f"{ARN}/tagged/*"]},
        {"Effect": "Allow", "Action": ["ecr:TagResource"], "Resource": [f"{ARN}/tagged/*"]},
        {
            "Effect": "Allow",
            "Action": ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
            "Resource": [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"],
        },
    ]
    roles = {
        name.rpartition("-")[2]: one.get("customRoleArn")
        for name, one in found.of("RepositoryCreationTemplate").items()
    }
    made = f"arn:aws:iam::{ACCOUNT}:role/x"
    assert roles == {"plain": None, "tagged": made, "keyed": made, "owned": ROLE}


def test_a_key_may_be_known_during_the_deployment_only(setup):
    key = pulumi.Output.from_input(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/later")
    found = setup(creation_templates={"x1": {"applied_for": ["create-on-push"], "kms_key_arn": key}})
    statement = json.loads(found.one("RolePolicy")["policy"])["Statement"][-1]
    assert statement["Resource"] == [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/later"]


def test_images_are_replicated_and_cached_after_the_templates_are_there(setup):
    """What ECR makes before its template stays without it."""
    after = {}

    def note(args):
        after[args.name] = [one.pulumi_resource_name for one in args.opts.depends_on or []]

    setup(
        opts=pulumi.ResourceOptions(transformations=[note]),
        replication={"dr": {"destinations": [{"region": "eu-west-1"}]}},
        pull_through_cache={"quay": {"upstream": "quay"}},
    )
    assert after["images-replication"] == ["images-template-eu-west-1-ROOT"]
    assert after["images-cache-quay"] == ["images-template-eu-west-1-ROOT"]


def test_a_role_may_do_what_it_is_for_before_a_template_names_it(setup):
    found = setup(creation_templates={"x1": {"applied_for": ["replication"], "tags": {"a": "b"}}})
    order = [item.typ.rpartition(":")[2] for item in found.registered]
    assert order.index("RolePolicy") < order.index("RepositoryCreationTemplate")
