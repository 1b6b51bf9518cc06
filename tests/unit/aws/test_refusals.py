"""What ECR cannot do, or does not take, is refused with its path."""

import pytest

ROLE = "arn:aws:iam::123456789012:role/x"
MEMBER_HINT = "an account's number of 12 digits, or the ARN of a role or user"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"repositories": {}}, "repositories: at least one is needed"),
        ({"repositories": {"Api": {}}}, "repositories/Api: is not a repository name"),
        ({"repositories": {"a": {}}}, "repositories/a: is not a repository name"),
        ({"repositories": {"a/": {}}}, "repositories/a/: is not a repository name"),
        ({"repositories": {"api": {"imutable_tags": True}}}, "repositories/api/imutable_tags: unknown key"),
        ({"scan": True}, "scan: unknown key"),
        ({"pull": ["*"]}, "pull/0: is no principal: '*'"),
        ({"push": ["123"]}, "push/0: is no principal: '123'"),
        ({"repositories": {"api": {"pull": ["arn:aws:s3:::x"]}}}, "repositories/api/pull/0: is no principal"),
        ({"organizations": ["acme"]}, "organizations/0: is not an organization's id: 'acme'"),
        ({"mutable_tags": ["a*b*c*"]}, "mutable_tags/0: is not a pattern of tags: 'a*b*c*'"),
        ({"mutable_tags": ["*"]}, "mutable_tags/0: would make every tag mutable"),
        ({"mutable_tags": [f"t{n}" for n in range(6)]}, "mutable_tags: has 6 patterns, ECR takes 5"),
        (
            {"mutable_tags": ["dev"], "immutable_tags": False},
            "mutable_tags: says nothing where all tags are mutable",
        ),
        (
            {"kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:alias/x"},
            "kms_key_arn: is not a key's ARN: 'arn:aws:kms:eu-central-1:123456789012:alias/x'",
        ),
        ({"kms_key": {"rotation_days": 30}}, "kms_key/rotation_days: must be between 90 and 2560, got 30"),
        ({"kms_key": {"deletion_window_days": 31}}, "kms_key/deletion_window_days: must be between 7 and 30"),
        ({"kms_key": {"alias": "x"}}, "kms_key/alias: unknown key"),
        (
            {"kms_key": {}, "kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/1"},
            "kms_key: does not go together with kms_key_arn",
        ),
        ({"deletion": "keep"}, "deletion: must be one of retain, empty, force, got 'keep'"),
        ({"tags": {"a": 1}}, "tags: must be an object of texts"),
        ({"tags": {str(n): "x" for n in range(51)}}, "tags: has 51 tags, AWS takes 50"),
        ({"retention": {"rules": {"x": {}}}}, "retention/rules/x: would take every image that it selects"),
        ({"ci_trust": {"x": {}}}, "ci_trust/x: must hold exactly one of github and gitlab"),
        (
            {"pull": [f"arn:aws:iam::123456789012:role/{n:03}{'x' * 60}" for n in range(120)]},
            "repositories/api: has a policy of more than 10240 characters",
        ),
    ],
)
def test_it_is_named(make, args, expected):
    assert f"  {expected}" in make.refusal(**args)


def test_every_problem_is_told_at_once_and_shared_ones_once(make):
    said = make.refusal(retention={"rules": {"x": {"action": "keep"}}}, pull=["x"], nope=1)
    assert said.splitlines() == [
        "EcrRegistry 'images': 3 problems",
        "  pull/0: is no principal: 'x'",
        "  retention/rules/x: ECR cannot keep any image and let others expire",
        "  nope: unknown key",
        f"hint: {MEMBER_HINT}",
        "hint: name the tags to keep",
        "hint: known keys: ci_trust, deletion, immutable_tags, kms_key, kms_key_arn, lambda_pull, mutable_tags, oidc_providers,"
        " organizations, permissions_boundary, pull, push, repositories, retention, scan_on_push, tags",
    ]
