"""Good and hostile tokens at what is rendered for each cloud."""

import pytest
from dockyard.trust.evaluate import Cloud
from dockyard.trust.trust import Access, Service

from tests.support.trust import (
    CLOUDS,
    IMMUTABLE,
    LEGACY,
    MAIN,
    github_token,
    gitlab_token,
    judge,
    trust_of,
)

FORMATS = {
    "immutable": (IMMUTABLE,),
    "legacy": (LEGACY,),
    "both": (IMMUTABLE, LEGACY),
}
CASES = [
    (cloud, form, prefix)
    for cloud in CLOUDS
    for form, prefixes in FORMATS.items()
    for prefix in prefixes
    if cloud is not Cloud.AZURE or form == "immutable"
]
NAMED = {Cloud.AWS, Cloud.GCP}
"""Clouds that see more than issuer, subject and audience."""
GOOD = {
    "main": MAIN,
    "tag": "ref:refs/tags/v1.0",
    "environment": "environment:production",
}
HOSTILE_CONTEXTS = {
    "pull request": "pull_request",
    "another branch": "ref:refs/heads/evil",
    "a longer branch": "ref:refs/heads/main-evil",
    "a tag of the branch's name": "ref:refs/tags/main",
    "another environment": "environment:staging",
    "an environment in other case": "environment:Production",
    "a branch in other case": "ref:refs/heads/Main",
    "an environment called like the ref": f"environment:{MAIN.replace(':', '%3A')}",
    "nothing": "",
}
HOSTILE_REPOSITORIES = {
    "wrong owner": "repo:evil@666/shop@456789",
    "look-alike owner": "repo:acme-evil@123456/shop@456789",
    "owner in other case": "repo:Acme@123456/shop@456789",
    "hyphen look-alike": "repo:acme-123456/shop-456789",
    "look-alike repository": "repo:acme@123456/shop-evil@456789",
    "re-registered repository": "repo:acme@123456/shop@999999",
    "re-registered owner": "repo:acme@999999/shop@456789",
    "numbers without names": "repo:@123456/@456789",
    "customised to an environment": "environment",
}
# Claims, and the clouds that read them: the others must rely on the numbers in the subject.
HOSTILE_CLAIMS = {
    "wrong audience": ({"aud": "https://github.com/acme"}, set(CLOUDS)),
    "no audience": ({"aud": None}, set(CLOUDS)),
    "no subject": ({"sub": None}, set(CLOUDS)),
    "wrong issuer": ({"iss": "https://token.actions.evil.example"}, set(CLOUDS)),
    "issuer of an enterprise": ({"iss": "https://token.actions.githubusercontent.com/evil"}, set(CLOUDS)),
    "issuer with a slash": ({"iss": "https://token.actions.githubusercontent.com/"}, set(CLOUDS)),
    "no issuer": ({"iss": None}, set(CLOUDS)),
    "re-registered repository": ({"repository_id": "999999"}, NAMED),
    "no repository number": ({"repository_id": None}, NAMED),
    "re-registered owner": ({"repository_owner_id": "999999"}, NAMED),
    "no owner number": ({"repository_owner_id": None}, NAMED),
    "pull_request_target": ({"event_name": "pull_request_target"}, {Cloud.GCP}),
    "workflow_run": ({"event_name": "workflow_run"}, {Cloud.GCP}),
    "no event": ({"event_name": None}, {Cloud.GCP}),
}


@pytest.mark.parametrize(("cloud", "form", "prefix"), CASES)
@pytest.mark.parametrize("context", GOOD.values(), ids=GOOD)
def test_what_is_trusted_is_let_in(cloud, form, prefix, context):
    trust = trust_of(Service.GITHUB, cloud, subject_format=form)
    verdict = judge(trust, cloud, github_token(cloud, f"{prefix}:{context}"))
    assert verdict.allowed, verdict.failed


@pytest.mark.parametrize(("cloud", "form", "prefix"), CASES)
@pytest.mark.parametrize("context", HOSTILE_CONTEXTS.values(), ids=HOSTILE_CONTEXTS)
def test_another_context_is_refused(cloud, form, prefix, context):
    trust = trust_of(Service.GITHUB, cloud, subject_format=form)
    verdict = judge(trust, cloud, github_token(cloud, f"{prefix}:{context}"))
    assert not verdict.allowed
    assert "sub" in verdict.failed.condition


@pytest.mark.parametrize(("cloud", "form", "prefix"), CASES)
@pytest.mark.parametrize("repository", HOSTILE_REPOSITORIES.values(), ids=HOSTILE_REPOSITORIES)
def test_another_repository_is_refused(cloud, form, prefix, repository):
    trust = trust_of(Service.GITHUB, cloud, subject_format=form)
    assert not judge(trust, cloud, github_token(cloud, f"{repository}:{MAIN}")).allowed


@pytest.mark.parametrize(
    ("cloud", "form", "prefix", "changes"),
    [
        pytest.param(cloud, form, prefix, changes, id=f"{cloud}-{form}-{prefix}-{name}")
        for cloud, form, prefix in CASES
        for name, (changes, clouds) in HOSTILE_CLAIMS.items()
        if cloud in clouds
    ],
)
def test_another_claim_is_refused(cloud, form, prefix, changes):
    trust = trust_of(Service.GITHUB, cloud, subject_format=form)
    verdict = judge(trust, cloud, github_token(cloud, **{"sub": f"{prefix}:{MAIN}", **changes}))
    assert not verdict.allowed
    assert verdict.failed.why


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_spelling_that_is_not_chosen_is_refused(cloud):
    trust = trust_of(Service.GITHUB, cloud)
    assert not judge(trust, cloud, github_token(cloud, f"{LEGACY}:{MAIN}")).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_pull_request_may_pull_and_nothing_else_comes_that_way(cloud):
    trust = trust_of(Service.GITHUB, cloud)
    token = github_token(cloud, f"{IMMUTABLE}:pull_request", event_name="pull_request")
    assert judge(trust, cloud, token, Access.PULL).allowed
    assert not judge(trust, cloud, token, Access.PUSH).allowed
    assert not judge(trust, cloud, github_token(cloud), Access.PULL).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_reusable_workflow_is_asked_for(cloud):
    workflow = "acme/ci/.github/workflows/push.yml@refs/heads/main"
    claims = ["repo", "context", "job_workflow_ref"]
    trust = trust_of(Service.GITHUB, cloud, workflow=workflow, subject_claims=claims)
    subject = f"{IMMUTABLE}:{MAIN}:job_workflow_ref:"
    good = github_token(cloud, subject + workflow, job_workflow_ref=workflow)
    other = workflow.replace("main", "evil")
    assert judge(trust, cloud, good).allowed
    assert not judge(trust, cloud, github_token(cloud, subject + other, job_workflow_ref=other)).allowed


@pytest.mark.parametrize("cloud", [Cloud.AWS, Cloud.GCP])
def test_a_reusable_workflow_is_asked_for_in_the_default_subject_where_the_claim_is_read(cloud):
    workflow = f"acme/ci/.github/workflows/push.yml@{'0a' * 20}"
    trust = trust_of(Service.GITHUB, cloud, workflow=workflow)
    assert judge(trust, cloud, github_token(cloud, job_workflow_ref=workflow)).allowed
    assert not judge(trust, cloud, github_token(cloud)).allowed
    assert not judge(trust, cloud, github_token(cloud, job_workflow_ref=None)).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_colon_in_an_environment_is_spelt_as_github_does(cloud):
    trust = trust_of(Service.GITHUB, cloud, environments=["prod:eu"])
    assert judge(trust, cloud, github_token(cloud, f"{IMMUTABLE}:environment:prod%3Aeu")).allowed
    assert not judge(trust, cloud, github_token(cloud, f"{IMMUTABLE}:environment:prod:eu")).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_quote_in_an_environment_breaks_out_of_nothing(cloud):
    name = "prod' || true || '\\"
    trust = trust_of(Service.GITHUB, cloud, environments=[name], branches=[], tags=[])
    assert judge(trust, cloud, github_token(cloud, f"{IMMUTABLE}:environment:{name}")).allowed
    assert not judge(trust, cloud, github_token(cloud)).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_subject_of_numbers_needs_no_names(cloud):
    trust = trust_of(
        Service.GITHUB, cloud, subject_claims=["repository_id", "context"], subject_format="both"
    )
    assert judge(trust, cloud, github_token(cloud, f"repository_id:456789:{MAIN}")).allowed
    assert not judge(trust, cloud, github_token(cloud, f"repository_id:4567890:{MAIN}")).allowed
    assert len(trust.spellings) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_enterprise_s_own_issuer_is_the_only_one(cloud):
    issuer = "https://token.actions.acme.ghe.com"
    trust = trust_of(Service.GITHUB, cloud, issuer=issuer)
    assert judge(trust, cloud, github_token(cloud, iss=issuer)).allowed
    assert not judge(trust, cloud, github_token(cloud)).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_jobs_of_the_gitlab_project_are_let_in(cloud):
    trust = trust_of(Service.GITLAB, cloud)
    tag = "project_path:acme/platform/shop:ref_type:tag:ref:v1.0"
    assert judge(trust, cloud, gitlab_token(cloud)).allowed
    assert judge(trust, cloud, gitlab_token(cloud, sub=tag, ref="v1.0", ref_type="tag")).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "project_path:acme/platform/shop-evil:ref_type:branch:ref:main"},
        {"sub": "project_path:acme-evil/platform/shop:ref_type:branch:ref:main"},
        {"sub": "project_path:acme/platform/shop:ref_type:branch:ref:evil"},
        {"sub": "project_path:acme/platform/shop:ref_type:tag:ref:main"},
        {"sub": "project_path:acme/platform/Shop:ref_type:branch:ref:main"},
        {"sub": None},
        {"iss": "https://gitlab.evil.example"},
        {"aud": "https://gitlab.com"},
        {"aud": None},
    ],
    ids=str,
)
def test_other_jobs_of_gitlab_are_refused(cloud, changes):
    assert not judge(trust_of(Service.GITLAB, cloud), cloud, gitlab_token(cloud, **changes)).allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"project_id": "21"},
        {"project_id": None},
        {"namespace_id": "73"},
        {"ref_protected": "false"},
        {"ref_protected": None},
        {"pipeline_source": "merge_request_event"},
        {"pipeline_source": None},
    ],
    ids=str,
)
def test_google_reads_more_of_gitlab(changes):
    assert not judge(
        trust_of(Service.GITLAB, Cloud.GCP), Cloud.GCP, gitlab_token(Cloud.GCP, **changes)
    ).allowed


@pytest.mark.parametrize("branches", [[], ["main"]])
def test_a_protected_environment_of_gitlab_is_let_in_from_any_ref(branches):
    trust = trust_of(Service.GITLAB, Cloud.GCP, environments=["production"], branches=branches, tags=[])
    elsewhere = {
        "sub": "project_path:acme/platform/shop:ref_type:branch:ref:release",
        "environment": "production",
        "environment_protected": "true",
    }
    assert judge(trust, Cloud.GCP, gitlab_token(Cloud.GCP, **elsewhere)).allowed
    for change in (
        {"environment_protected": "false"},
        {"environment_protected": None},
        {"environment": "staging"},
        {"environment": None},
    ):
        assert not judge(trust, Cloud.GCP, gitlab_token(Cloud.GCP, **{**elsewhere, **change})).allowed
    assert judge(trust, Cloud.GCP, gitlab_token(Cloud.GCP)).allowed is bool(branches)
