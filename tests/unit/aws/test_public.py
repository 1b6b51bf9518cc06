"""EcrPublicRegistry: what is registered, exactly, and what ECR Public cannot keep."""

import importlib.util
import json

import pulumi
import pytest
from dockyard.run_error import ArgsError

from tests.support.cfn import findings
from tests.support.recorder import values_of
from tests.unit.aws.conftest import ACCOUNT

PUSH = [
    "ecr-public:BatchCheckLayerAvailability",
    "ecr-public:CompleteLayerUpload",
    "ecr-public:InitiateLayerUpload",
    "ecr-public:PutImage",
    "ecr-public:UploadLayerPart",
]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci"


def test_it_registers_exactly_these_resources(public):
    assert public().names() == {
        ("EcrPublicRegistry", "images"),
        ("Repository", "images-api"),
        ("Repository", "images-tools/ci"),
    }


def test_a_repository_is_in_us_east_1_whatever_the_provider_s_region(public):
    assert public().of("Repository")["images-api"] == {
        "region": "us-east-1",
        "repositoryName": "api",
        "forceDestroy": False,
        "tags": {},
    }
    assert public(region="us-east-1").of("Repository") == public().of("Repository")


def test_the_gallery_shows_what_it_is_given(public):
    entry = {
        "description": "An API",
        "about": "# About",
        "usage": "# Usage",
        "architectures": ["x86-64", "ARM 64"],
        "operating_systems": ["Linux"],
    }
    found = public(repositories={"api": entry}, tags={"team": "x"}, deletion="force").one("Repository")
    assert found["catalogData"] == {
        "description": "An API",
        "aboutText": "# About",
        "usageText": "# Usage",
        "architectures": ["ARM 64", "x86-64"],
        "operatingSystems": ["Linux"],
    }
    assert (found["tags"], found["forceDestroy"]) == ({"team": "x"}, True)


def test_who_may_push_stands_in_the_policy_once(public):
    later = pulumi.Output.from_input(f"arn:aws:iam::{ACCOUNT}:role/later")
    found = public(push=["111122223333"], repositories={"api": {"push": [ROLE, "111122223333", later]}})
    policy = found.one("RepositoryPolicy")
    assert json.loads(policy.pop("policy"))["Statement"] == [
        {
            "Sid": "Push",
            "Effect": "Allow",
            "Principal": {
                "AWS": ["arn:aws:iam::111122223333:root", ROLE, f"arn:aws:iam::{ACCOUNT}:role/later"]
            },
            "Action": PUSH,
        }
    ]
    assert policy == {"region": "us-east-1", "repositoryName": "api"}


def test_the_outputs_are_those_of_every_registry(public):
    assert public.output("host") == "public.ecr.aws"
    assert public.output("images")["api"] == "public.ecr.aws/a1b2c3d4/x"
    assert public.output("username") == "AWS"
    seen = []
    public(lambda registry: values_of(registry.password, seen))
    assert seen == [["word", True]]


def test_the_token_is_asked_for_where_it_is_given_out(public):
    public()
    assert [call.args for call in public.recorder.called] == [{"region": "us-east-1"}]


def test_a_grant_is_a_policy_of_the_role(public):
    found = public(lambda registry: registry.grant_push("batch", "batch-role", ["api"]).id)
    grant = found.of("RolePolicy")["images-push-batch"]
    sign_in, push = json.loads(grant["policy"])["Statement"]
    assert sign_in["Action"] == ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"]
    assert push["Action"] == PUSH
    assert push["Resource"] == [f"arn:aws:ecr-public::{ACCOUNT}:repository/x"]
    with pytest.raises(ArgsError, match="repositories: has no 'nope'"):
        public(lambda registry: registry.grant_push("x", "role", ["nope"]).id)


@pytest.mark.skipif(not importlib.util.find_spec("cfnlint"), reason="cfn-lint is not installed")
def test_an_existing_linter_accepts_the_policies(public):
    made = public(lambda registry: registry.grant_push("b", "r").id, push=[ROLE])
    assert findings(made) == set()


@pytest.mark.parametrize(
    ("args", "expected", "hint"),
    [
        ({"retention": {}}, "retention: cannot be kept: ECR Public expires nothing", "delete tags in CI"),
        ({"immutable_tags": True}, "immutable_tags: cannot be kept: every tag of ECR Public", "digests"),
        ({"mutable_tags": ["x"]}, "mutable_tags: cannot be kept", "leave it out"),
        ({"scan_on_push": True}, "scan_on_push: cannot be kept: ECR Public scans nothing", "scan in CI"),
        ({"kms_key_arn": "x"}, "kms_key_arn: cannot be kept: ECR Public takes no keys", "leave it out"),
        ({"pull": ["111122223333"]}, "pull: cannot be kept: everybody may pull", "EcrRegistry"),
        ({"organizations": ["o-a1b2c3d4e5"]}, "organizations: cannot be kept: everybody", "EcrRegistry"),
        ({"lambda_pull": True}, "lambda_pull: cannot be kept", "EcrRegistry"),
        ({"ci_trust": {"x": {}}}, "ci_trust: cannot be kept", "grant_push"),
        (
            {"repositories": {"api": {"retention": {}}}},
            "repositories/api/retention: cannot be kept",
            "delete tags in CI",
        ),
        (
            {"region": "eu-west-1"},
            "region: ECR Public is in us-east-1 alone, got 'eu-west-1'",
            "leave it out",
        ),
        ({"repositories": {}}, "repositories: at least one is needed", "for example"),
        ({"repositories": {"Api": {}}}, "repositories/Api: is not a repository name", "2 to 205"),
        (
            {"repositories": {"a" * 206: {}}},
            f"repositories/{'a' * 206}: is not a repository name",
            "2 to 205",
        ),
        (
            {"repositories": {"api": {"description": "x" * 1025}}},
            "repositories/api/description: has 1025 characters, ECR Public takes 1024",
            "",
        ),
        (
            {"repositories": {"api": {"usage": "x" * 25601}}},
            "repositories/api/usage: has 25601 characters, ECR Public takes 25600",
            "",
        ),
        (
            {"repositories": {"api": {"architectures": ["amd64"]}}},
            "repositories/api/architectures/0: must be one of ARM, ARM 64, x86, x86-64, got 'amd64'",
            "",
        ),
        (
            {"repositories": {"api": {"operating_systems": ["linux"]}}},
            "repositories/api/operating_systems/0: must be one of Linux, Windows, got 'linux'",
            "",
        ),
        ({"push": ["*"]}, "push/0: is no principal: '*'", ""),
        (
            {"push": [f"arn:aws:iam::{ACCOUNT}:role/{n:03}{'x' * 60}" for n in range(120)]},
            "repositories/api: has a policy of more than 10240 characters",
            "",
        ),
        ({"nope": 1}, "nope: unknown key", ""),
    ],
)
def test_it_is_named(public, args, expected, hint):
    said = public.refusal(**args)
    assert f"  {expected}" in said
    assert hint in said
