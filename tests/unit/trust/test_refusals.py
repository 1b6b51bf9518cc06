"""Everything unsafe is refused where it is written, each kind with a code of its own."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.trust import aws, azure, gcp, refusals
from dockyard.trust.evaluate import Cloud
from dockyard.trust.refusals import Refused
from dockyard.trust.trust import Access, Service

from tests.support.trust import CLOUDS, GITHUB, GITLAB, POOL, provider_arn, read, trust_of

WORKFLOW = "acme/ci/.github/workflows/push.yml"
GITHUB_REFUSALS = [
    ({"branches": [], "tags": [], "environments": [], "pull_requests": False}, "", "no-subject"),
    ({"repository": "*"}, "repository", "wildcard"),
    ({"repository": "acme*/shop"}, "repository", "wildcard"),
    ({"repository": "acme/shop*"}, "repository", "wildcard"),
    ({"repository": "acme/sho?"}, "repository", "wildcard"),
    ({"branches": ["main", "release/*"]}, "branches/1", "wildcard"),
    ({"tags": ["v?"]}, "tags/0", "wildcard"),
    ({"environments": ["*"]}, "environments/0", "wildcard"),
    ({"owner_id": "*"}, "owner_id", "wildcard"),
    ({"workflow": f"acme/*/.github/workflows/push.yml@{'0a' * 20}"}, "workflow", "wildcard"),
    ({"repository": "acme/*"}, "repository", "owner-wide"),
    ({"repository": "acme"}, "repository", "owner-wide"),
    ({"repository": "acme/"}, "repository", "owner-wide"),
    ({"subject_claims": ["repository_owner_id", "context"]}, "subject_claims", "owner-wide"),
    ({"subject_claims": ["repo"]}, "subject_claims", "any-context"),
    ({"branches": ["refs/pull/7/merge"]}, "branches/0", "pull-request-push"),
    ({"branches": [], "tags": [], "environments": [], "push": ["api"]}, "push", "pull-request-push"),
    ({"owner_id": ""}, "owner_id", "missing-id"),
    ({"repository_id": None}, "repository_id", "missing-id"),
    ({"repository_id": "shop"}, "repository_id", "missing-id"),
    ({"repository_id": "0"}, "repository_id", "missing-id"),
    ({"repository": "acme-123456/shop"}, "repository", "look-alike"),
    ({"repository": "acme/shop-456789"}, "repository", "look-alike"),
    ({"subject_claims": ["environment", "repo"]}, "subject_claims", "abusable-claim"),
    ({"subject_claims": ["context", "repo"]}, "subject_claims", "abusable-claim"),
    ({"subject_claims": ["actor"]}, "subject_claims", "abusable-claim"),
    ({"subject_claims": []}, "subject_claims", "abusable-claim"),
    ({"workflow": "Release"}, "workflow", "workflow-name"),
    ({"workflow": "push.yml@refs/heads/main"}, "workflow", "workflow-name"),
    ({"workflow": WORKFLOW}, "workflow", "floating-workflow"),
    ({"workflow": f"{WORKFLOW}@main"}, "workflow", "floating-workflow"),
    ({"workflow": f"{WORKFLOW}@*"}, "workflow", "floating-workflow"),
    ({"workflow": f"{WORKFLOW}@refs/heads/*"}, "workflow", "floating-workflow"),
    ({"workflow": f"{WORKFLOW}@0a0a0a0"}, "workflow", "floating-workflow"),
]
GITLAB_REFUSALS = [
    ({"branches": [], "tags": []}, "", "no-subject"),
    ({"project": "acme/*"}, "project", "owner-wide"),
    ({"project": "acme"}, "project", "owner-wide"),
    ({"project": "acme/sho*/shop"}, "project", "wildcard"),
    ({"branches": ["*"]}, "branches/0", "wildcard"),
    ({"branches": ["refs/merge-requests/1/head"]}, "branches/0", "pull-request-push"),
    ({"project_id": None}, "project_id", "missing-id"),
    ({"namespace_id": "acme"}, "namespace_id", "missing-id"),
]
CLOUD_REFUSALS = [
    (Cloud.AZURE, "github", {"subject_format": "legacy"}, "subject_format", "mutable-subject"),
    (Cloud.AZURE, "github", {"subject_format": "both"}, "subject_format", "mutable-subject"),
    (Cloud.AZURE, "github", {"workflow": f"{WORKFLOW}@refs/heads/main"}, "workflow", "unseen-claim"),
    (Cloud.AZURE, "github", {"branches": [f"b{n}" for n in range(20)]}, "", "too-much"),
    (Cloud.AWS, "github", {"branches": [f"branch-{n}" for n in range(80)]}, "", "too-much"),
    (Cloud.GCP, "github", {"branches": [f"branch-{n}" for n in range(80)]}, "", "too-much"),
    (Cloud.AWS, "gitlab", {"acknowledge_mutable_subject": False}, "", "mutable-subject"),
    (Cloud.AZURE, "gitlab", {"acknowledge_mutable_subject": None}, "", "mutable-subject"),
    (Cloud.AWS, "gitlab", {"environments": ["production"]}, "environments", "unseen-claim"),
    (Cloud.AZURE, "gitlab", {"environments": ["production"]}, "environments", "unseen-claim"),
]
MISTAKES = [
    ("github", {"repository": "acme@123456/shop@456789"}, "repository", "without @ and numbers"),
    ("github", {"branches": ["refs/heads/main"]}, "branches/0", "leave out refs/heads/"),
    ("github", {"tags": ["refs/tags/v1"]}, "tags/0", "leave out refs/tags/"),
    ("github", {"branches": ["a b"]}, "branches/0", "no name that git allows"),
    ("github", {"branches": ["a..b"]}, "branches/0", "no name that git allows"),
    ("github", {"branches": ["x${aws:username}"]}, "branches/0", "IAM would read as a variable"),
    ("github", {"environments": [" prod"]}, "environments/0", "without space around"),
    ("github", {"environments": ["p" * 256]}, "environments/0", "1 to 255"),
    ("github", {"push": ["apo"]}, "push/apo", "did you mean 'api'?"),
    ("github", {"push": []}, "push", "at least one"),
    ("github", {"subject_format": "new"}, "subject_format", "immutable, legacy, both"),
    ("github", {"subject_claims": ["repo", "context", "actor"]}, "subject_claims", "not known here: 'actor'"),
    ("github", {"subject_claims": ["repo", "context", "repo"]}, "subject_claims", "twice"),
    (
        "github",
        {"subject_claims": ["repo", "context", "job_workflow_ref"]},
        "subject_claims",
        "no `workflow`",
    ),
    ("github", {"issuer": "https://token.actions.evil.example"}, "issuer", "no issuer of GitHub Actions"),
    ("github", {"repo": "acme/shop"}, "repo", "unknown key"),
    ("gitlab", {"issuer": "http://gitlab.com"}, "issuer", "no address of a GitLab instance"),
    ("gitlab", {"issuer": "https://gitlab.com/"}, "issuer", "no address of a GitLab instance"),
    ("gitlab", {"project": "acme/-"}, "project", "group/project"),
]


def refused(cloud, service, changes, path):
    """The problems of a trust with those changes, which all stand at that path."""
    _, problems = read({service: {**{"github": GITHUB, "gitlab": GITLAB}[service], **changes}}, cloud)
    place = f"ci_trust/shop/{service}" + (f"/{path}" if path else "")
    assert [problem.path for problem in problems if problem.path != place] == []
    return problems


@pytest.mark.parametrize(("changes", "path", "code"), GITHUB_REFUSALS, ids=str)
def test_what_is_unsafe_on_github_is_refused(changes, path, code):
    problems = refused(Cloud.GCP, "github", changes, path)
    assert code in [problem.code for problem in problems if isinstance(problem, Refused)]
    assert all(problem.hint for problem in problems)


@pytest.mark.parametrize(("changes", "path", "code"), GITLAB_REFUSALS, ids=str)
def test_what_is_unsafe_on_gitlab_is_refused(changes, path, code):
    problems = refused(Cloud.GCP, "gitlab", changes, path)
    assert [problem.code for problem in problems] == [code]
    assert all(problem.hint for problem in problems)


@pytest.mark.parametrize(("cloud", "service", "changes", "path", "code"), CLOUD_REFUSALS, ids=str)
def test_what_a_cloud_cannot_check_it_refuses(cloud, service, changes, path, code):
    problems = refused(cloud, service, changes, path)
    assert [problem.code for problem in problems] == [code]
    assert problems[0].hint


@pytest.mark.parametrize(("service", "changes", "path", "text"), MISTAKES, ids=str)
def test_a_mistake_is_named_with_what_to_write(service, changes, path, text):
    problems = refused(Cloud.GCP, service, changes, path)
    assert text in f"{problems[0]} {problems[0].hint}"


def test_every_refusal_has_a_code_of_its_own_and_a_test():
    kinds = Refused.__subclasses__()
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    tested = {row[-1] for row in (*GITHUB_REFUSALS, *GITLAB_REFUSALS, *CLOUD_REFUSALS)}
    assert set(codes) - tested == {refusals.BroadPrincipal.code, refusals.Audience.code}


def test_everything_wrong_is_told_at_once():
    changes = {"repository": "acme/*", "owner_id": "", "branches": ["*", "refs/heads/main"], "nonsense": 1}
    _, problems = read({"github": {**GITHUB, **changes}})
    assert len(problems) == 5


@pytest.mark.parametrize("entry", [{}, None, {"github": GITHUB, "gitlab": GITLAB}])
def test_exactly_one_service_is_trusted_by_each(entry):
    _, problems = read(entry)
    assert [str(problem) for problem in problems] == [
        "ci_trust/shop: must hold exactly one of github and gitlab"
    ]


def test_an_unknown_service_is_refused():
    _, problems = read({"githup": GITHUB})
    assert "did you mean 'github'?" in [problem.hint for problem in problems]


@pytest.mark.parametrize("name", ["", "Shop", "1shop", "shop_ci", "shop-", "s" * 28])
def test_the_name_of_a_trust_must_do_for_every_cloud(name):
    _, problems = read({"github": GITHUB}, name=name)
    assert "lower-case letters" in problems[0].message


@pytest.mark.parametrize("audience", ["*", "sts.amazonaws.co?", "${aws:username}"])
def test_an_audience_must_be_exact_on_aws(audience):
    trust = trust_of(Service.GITHUB, Cloud.AWS)
    with pytest.raises(ProblemsError) as raised:
        aws.assume_role_policy(trust, provider_arn(trust), audience)
    assert [problem.code for problem in raised.value.problems] == ["audience"]


def test_an_audience_must_be_azure_s_own():
    with pytest.raises(ProblemsError, match="no such audience"):
        azure.federated_credentials(trust_of(Service.GITHUB, Cloud.AZURE), audience="*")


def test_a_provider_of_another_issuer_is_refused():
    arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
    with pytest.raises(ProblemsError, match="is not trusted through"):
        aws.assume_role_policy(trust_of(Service.GITHUB, Cloud.AWS), arn)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_was_refused_cannot_be_rendered_either(cloud):
    """`subject_format: both` is read for Google, and Azure refuses it; the others have nobody who pulls."""
    trust = trust_of(Service.GITHUB, Cloud.GCP, subject_format="both", pull_requests=False)
    render = {
        Cloud.AWS: lambda: aws.assume_role_policy(trust, provider_arn(trust), access=Access.PULL),
        Cloud.AZURE: lambda: azure.federated_credentials(trust, Access.PULL),
        Cloud.GCP: lambda: gcp.attribute_condition(trust, Access.PULL),
    }[cloud]
    with pytest.raises(ProblemsError, match="lets nobody pull"):
        render()


MEMBER = f"principalSet://iam.googleapis.com/{POOL}"


@pytest.mark.parametrize(
    "member",
    [
        f"{MEMBER}/*",
        f"{MEMBER}/attribute.repository_id/*",
        f"{MEMBER}/attribute.actor/octocat",
        f"{MEMBER}/attribute.environment/production",
        f"{MEMBER}/attribute.repository_id/",
        f"{MEMBER}/",
    ],
)
def test_a_principal_set_that_others_enter_is_refused(member):
    refusal = gcp.member_refusal("push/0", member)
    assert refusal.code == "broad-principal"
    assert refusal.path == "push/0"
    assert "attribute.repository_id" in refusal.hint


@pytest.mark.parametrize(
    "member",
    [
        f"{MEMBER}/attribute.repository_id/456789",
        f"{MEMBER}/group/admins",
        f"principal://iam.googleapis.com/{POOL}/subject/456789:1",
        "user:ada@example.com",
        "allUsers",
    ],
)
def test_other_members_are_none_of_its_business(member):
    assert gcp.member_refusal("push/0", member) is None


def test_a_name_that_google_keeps_is_refused():
    _, problems = read({"github": GITHUB}, name="gcp-shop")
    assert "must not start with gcp-" in problems[0].message


def test_a_pool_must_be_one():
    with pytest.raises(ProblemsError, match="no workload identity pool"):
        gcp.principal_set("registry", trust_of(Service.GITHUB, Cloud.GCP))
