"""What is rendered, to the letter."""

import importlib.util
import json

import pytest
from dockyard.trust import aws, azure, gcp
from dockyard.trust.evaluate import Cloud
from dockyard.trust.evaluate_gcp import mapped_attributes
from dockyard.trust.trust import Access, Service

from tests.support.trust import POOL, github_token, gitlab_token, provider_arn, trust_of

HOST = "token.actions.githubusercontent.com"
WORKFLOW = "acme/ci/.github/workflows/push.yml@refs/tags/v3"


def test_aws_asks_for_everything_to_the_letter():
    trust = trust_of(Service.GITHUB, Cloud.AWS, tags=[], workflow=WORKFLOW)
    assert aws.assume_role_policy(trust, provider_arn(trust)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Immutable",
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{HOST}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{HOST}:aud": "sts.amazonaws.com",
                        f"{HOST}:sub": [
                            "repo:acme@123456/shop@456789:ref:refs/heads/main",
                            "repo:acme@123456/shop@456789:environment:production",
                        ],
                        f"{HOST}:repository_id": "456789",
                        f"{HOST}:repository_owner_id": "123456",
                        f"{HOST}:job_workflow_ref": WORKFLOW,
                    }
                },
            }
        ],
    }


def test_both_spellings_are_statements_with_numbers_of_their_own():
    trust = trust_of(Service.GITHUB, Cloud.AWS, subject_format="both", tags=[], environments=[])
    conditions = [
        statement["Condition"]["StringEquals"]
        for statement in aws.assume_role_policy(trust, provider_arn(trust))["Statement"]
    ]
    assert [each[f"{HOST}:sub"] for each in conditions] == [
        "repo:acme@123456/shop@456789:ref:refs/heads/main",
        "repo:acme/shop:ref:refs/heads/main",
    ]
    assert all(each[f"{HOST}:repository_id"] == "456789" for each in conditions)
    assert all(each[f"{HOST}:repository_owner_id"] == "123456" for each in conditions)


def test_aws_asks_of_gitlab_for_what_it_reads():
    """A condition on project_id would let nobody in: AWS has no such key."""
    trust = trust_of(Service.GITLAB, Cloud.AWS, issuer="https://git.acme.example:8443/gitlab", tags=[])
    (statement,) = aws.assume_role_policy(trust, provider_arn(trust))["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "git.acme.example:8443/gitlab:aud": "sts.amazonaws.com",
            "git.acme.example:8443/gitlab:sub": "project_path:acme/platform/shop:ref_type:branch:ref:main",
        }
    }


def test_china_has_an_audience_of_its_own():
    trust = trust_of(Service.GITHUB, Cloud.AWS)
    arn = provider_arn(trust).replace("arn:aws:", "arn:aws-cn:")
    (statement,) = aws.assume_role_policy(trust, arn)["Statement"]
    assert statement["Condition"]["StringEquals"][f"{HOST}:aud"] == "sts.amazonaws.com.cn"


def test_the_order_of_refs_changes_nothing():
    one = trust_of(Service.GITHUB, Cloud.AWS, branches=["main", "release", "main"])
    other = trust_of(Service.GITHUB, Cloud.AWS, branches=["release", "main"])
    assert one == other


def test_azure_gets_a_credential_for_each_subject_named_by_it():
    trust = trust_of(Service.GITHUB, Cloud.AZURE, tags=[])
    credentials = azure.federated_credentials(trust)
    assert [credential["subject"] for credential in credentials] == [
        "repo:acme@123456/shop@456789:ref:refs/heads/main",
        "repo:acme@123456/shop@456789:environment:production",
    ]
    assert all(credential["issuer"] == f"https://{HOST}" for credential in credentials)
    assert all(credential["audiences"] == ["api://AzureADTokenExchange"] for credential in credentials)
    fewer = azure.federated_credentials(trust_of(Service.GITHUB, Cloud.AZURE, tags=[], branches=[]))
    assert fewer == credentials[1:]


def test_google_s_condition_is_joined_by_and():
    trust = trust_of(Service.GITHUB, Cloud.GCP, tags=[], environments=[])
    assert gcp.attribute_condition(trust) == (
        "assertion.repository_id == '456789' && assertion.repository_owner_id == '123456'"
        " && assertion.sub == 'repo:acme@123456/shop@456789:ref:refs/heads/main'"
        " && assertion.event_name in ['push', 'workflow_dispatch', 'release']"
    )


def test_google_s_principals_are_the_repository_with_one_access():
    trust = trust_of(Service.GITHUB, Cloud.GCP)
    prefix = f"principalSet://iam.googleapis.com/{POOL}/attribute.access"
    for access in Access:
        assert gcp.principal_set(POOL, trust, access) == f"{prefix}/shop.{access}.456789"
        mapped = mapped_attributes(gcp.attribute_mapping(trust, access), github_token(Cloud.GCP))
        assert mapped["attribute.access"] == f"shop.{access}.456789"
        assert mapped["attribute.repository_id"] == "456789"
        assert 4 <= len(gcp.provider_id(trust, access)) <= 32


def test_google_s_subject_fits_whatever_the_branch_is_called():
    long = {"sub": f"repo:{'o' * 39}@1/{'r' * 100}@2:ref:refs/heads/{'b' * 255}", "repository_id": "9" * 20}
    token = {**github_token(Cloud.GCP), **long, "run_id": "9" * 20}
    mapped = mapped_attributes(gcp.attribute_mapping(trust_of(Service.GITHUB, Cloud.GCP)), token)
    assert mapped["google.subject"] == f"{'9' * 20}:{'9' * 20}"
    gitlab = gcp.attribute_mapping(trust_of(Service.GITLAB, Cloud.GCP))
    assert mapped_attributes(gitlab, gitlab_token(Cloud.GCP))["google.subject"] == "20:574"


def test_push_takes_all_repositories_unless_it_names_some():
    assert trust_of(Service.GITHUB, Cloud.GCP).repositories == ("api", "team/web")
    assert trust_of(Service.GITHUB, Cloud.GCP, push=["team/web"]).repositories == ("team/web",)


@pytest.mark.skipif(not importlib.util.find_spec("cfnlint"), reason="cfn-lint is not installed")
@pytest.mark.parametrize("service", Service)
def test_an_existing_linter_accepts_the_trust_policy(service):
    """cfn-lint holds AssumeRolePolicyDocument to AWS's schema of trust policies; the second half shows that it looks."""
    from cfnlint.api import lint_all

    def findings(policy: object) -> set[str]:
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}}
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Role": role}}
        return {match.rule.id for match in lint_all(json.dumps(template)) if match.rule.id[0] in "EW"}

    trust = trust_of(service, Cloud.AWS)
    policy = aws.assume_role_policy(trust, provider_arn(trust))
    assert findings(policy) == set()
    broken = json.loads(json.dumps(policy).replace("StringEquals", "StringEqual"))
    assert findings(broken) == {"E3530"}
