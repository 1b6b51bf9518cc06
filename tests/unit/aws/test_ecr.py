"""EcrRegistry as the engine sees it: what it registers, exactly."""

import json

import pulumi
import pytest
from dockyard.args import RegistryArgs
from dockyard.aws.args import EcrRegistryArgs
from dockyard.run_error import ArgsError

from tests.unit.aws.conftest import HOST

CI = {
    "shop": {
        "github": {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]},
    }
}
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [
    *PULL,
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]


def test_its_arguments_hold_what_every_registry_takes():
    assert set(RegistryArgs.__annotations__) <= set(EcrRegistryArgs.__annotations__)
    assert EcrRegistryArgs.__required_keys__ == {"repositories"}


def test_it_registers_exactly_these_resources(make):
    assert make().names() == {
        ("EcrRegistry", "images"),
        ("Repository", "images-api"),
        ("Repository", "images-tools/ci"),
        ("LifecyclePolicy", "images-api-lifecycle"),
        ("LifecyclePolicy", "images-tools/ci-lifecycle"),
    }


def test_a_repository_is_safe_without_settings(make):
    assert make().of("Repository")["images-api"] == {
        "name": "api",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "AES256"}],
        "forceDelete": False,
        "tags": {},
    }


def test_a_repository_has_what_it_is_given(make):
    key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"
    found = make(
        mutable_tags=["latest", "dev-*"],
        scan_on_push=False,
        kms_key_arn=key,
        deletion="force",
        tags={"team": "platform"},
    ).of("Repository")
    assert found["images-tools/ci"] == {
        "name": "tools/ci",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [
            {"filter": "dev-*", "filterType": "WILDCARD"},
            {"filter": "latest", "filterType": "WILDCARD"},
        ],
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": key}],
        "forceDelete": True,
        "tags": {"team": "platform"},
    }


def test_a_repository_may_have_mutable_tags(make):
    found = make(mutable_tags=["dev"], repositories={"api": {"immutable_tags": False}, "web": {}})
    modes = {name: inputs["imageTagMutability"] for name, inputs in found.of("Repository").items()}
    assert modes == {"images-api": "MUTABLE", "images-web": "IMMUTABLE_WITH_EXCLUSION"}


def test_the_lifecycle_is_json_in_camel_case_without_nulls(make):
    """The SDK sends snake_case keys of a dict as they are, and its typed form knows no patterns."""
    found = make(retention={"keep_tags": ["v*"]}).of("LifecyclePolicy")["images-api-lifecycle"]
    assert isinstance(found["policy"], str)
    assert "null" not in found["policy"]
    rules = json.loads(found["policy"])["rules"]
    assert [rule["selection"].get("tagPatternList") for rule in rules] == [["v*"], None]
    assert found["repository"] == "api"


def test_a_repository_has_its_own_retention(make):
    found = make(repositories={"api": {"retention": {"untagged_days": 3}}, "web": {}})
    numbers = {
        name: json.loads(inputs["policy"])["rules"][0]["selection"]["countNumber"]
        for name, inputs in found.of("LifecyclePolicy").items()
    }
    assert numbers == {"images-api-lifecycle": 3, "images-web-lifecycle": 14}


def test_who_is_named_stands_in_the_policy_once(make):
    role = "arn:aws:iam::210987654321:role/deploy"
    found = make(
        pull=["111122223333", role],
        repositories={"api": {"push": [role], "pull": ["111122223333"]}},
        organizations=["o-a1b2c3d4e5"],
        lambda_pull=True,
    )
    assert json.loads(found.one("RepositoryPolicy")["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Pull",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
                "Action": PULL,
            },
            {"Sid": "Push", "Effect": "Allow", "Principal": {"AWS": [role]}, "Action": PUSH},
            {
                "Sid": "PullOrganizations",
                "Effect": "Allow",
                "Principal": "*",
                "Action": PULL,
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}},
            },
            {
                "Sid": "PullLambda",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            },
        ],
    }


def test_a_principal_may_be_known_during_the_deployment_only(make):
    role = pulumi.Output.from_input("arn:aws:iam::210987654321:role/later")
    found = make(repositories={"api": {"pull": [role]}})
    policy = json.loads(found.one("RepositoryPolicy")["policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::210987654321:role/later"]}


def test_the_order_of_arguments_changes_nothing(make):
    members = ["111122223333", "arn:aws:iam::210987654321:role/a"]
    one = make(pull=members, repositories={"api": {}, "web": {}}, tags={"a": "1", "b": "2"})
    other = make(pull=members[::-1], repositories={"web": {}, "api": {}}, tags={"b": "2", "a": "1"})
    for short in ("Repository", "RepositoryPolicy", "LifecyclePolicy"):
        assert one.of(short) == other.of(short)


def test_ci_has_a_role_that_its_own_workflow_may_take(make):
    found = make(ci_trust=CI, tags={"team": "x"}, permissions_boundary="arn:aws:iam::1:policy/b")
    provider = found.one("OpenIdConnectProvider")
    assert provider == {
        "url": "https://token.actions.githubusercontent.com",
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {"team": "x"},
    }
    role = found.of("Role")["images-ci-shop-push"]
    assert role["permissionsBoundary"] == "arn:aws:iam::1:policy/b"
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    prefix = "token.actions.githubusercontent.com"
    assert (
        statement["Condition"]["StringEquals"][f"{prefix}:sub"] == ["repo:acme@7/shop@42:ref:refs/heads/main"]
        or statement["Condition"]["StringEquals"][f"{prefix}:sub"]
        == "repo:acme@7/shop@42:ref:refs/heads/main"
    )
    assert statement["Condition"]["StringEquals"][f"{prefix}:aud"] in (
        "sts.amazonaws.com",
        ["sts.amazonaws.com"],
    )
    policy = json.loads(found.one("RolePolicy")["policy"])["Statement"]
    assert policy[0] == {
        "Sid": "SignIn",
        "Effect": "Allow",
        "Action": ["ecr:GetAuthorizationToken"],
        "Resource": "*",
    }
    assert policy[1]["Action"] == PUSH
    assert all(arn.startswith("arn:aws:ecr:") for arn in policy[1]["Resource"])


def test_an_oidc_provider_that_is_there_is_used(make):
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    found = make(ci_trust=CI, oidc_providers={"token.actions.githubusercontent.com": arn})
    assert found.of("OpenIdConnectProvider") == {}
    trust = json.loads(found.one("Role")["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Federated": arn}


def test_the_outputs(make):
    assert make.output("host") == HOST
    assert make.output("images") == {"api": f"{HOST}/api", "tools/ci": f"{HOST}/tools/ci"}
    assert make.output("username") == "AWS"
    assert make.output("password") == "word"
    assert make.output("ci", ci_trust=CI) == {"shop": {"role_arn": "arn:aws:iam::123456789012:role/x"}}


def test_a_grant_is_a_policy_of_the_role(make):
    found = make(lambda registry: registry.grant_push("batch", "batch-role", ["api"]).id)
    grant = found.of("RolePolicy")["images-push-batch"]
    assert grant["role"] == "batch-role"
    assert json.loads(grant["policy"])["Statement"][1]["Action"] == PUSH
    pulling = make(lambda registry: registry.grant_pull("web", "web-role").id).of("RolePolicy")
    assert json.loads(pulling["images-pull-web"]["policy"])["Statement"][1]["Action"] == PULL


def test_a_grant_for_no_repository_of_the_registry_is_refused(make):
    with pytest.raises(ArgsError, match="repositories: has no 'nope'"):
        make(lambda registry: registry.grant_pull("x", "role", ["nope"]).id)
