"""The trust for a workflow lets that workflow's own token in, and no other."""

import pytest
import yaml
from dockyard.trust.evaluate import Cloud
from dockyard.trust.trust import Service
from dockyard.workflows.render import render
from dockyard.workflows.settings import read_settings

from tests.support.trust import IMMUTABLE, github_token, gitlab_token, judge, trust_of
from tests.unit.workflows.samples import AWS, AZURE, GCP, POOL, image

CLOUDS = {"aws": (Cloud.AWS, AWS), "azure": (Cloud.AZURE, AZURE), "gcp": (Cloud.GCP, GCP)}


def tokens(text, cloud):
    """What GitHub gives to the jobs of a workflow that sign in, for each event that it runs on."""
    content = yaml.safe_load(text)
    made = []
    for job in content["jobs"].values():
        environment = job.get("environment", "")
        environment = environment.split("'")[3] if environment.startswith("${{") else environment
        for ref in [f"refs/heads/{branch}" for branch in content[True]["push"].get("branches", [])] + (
            ["refs/tags/v1.2.3"] if "tags" in content[True]["push"] else []
        ):
            context = f"environment:{environment}" if environment else f"ref:{ref}"
            more = {"environment": environment} if environment else {}
            made.append(github_token(cloud, f"{IMMUTABLE}:{context}", ref=ref, **more))
    return made


def trusted(cloud, environment):
    lists = {"branches": [], "tags": [], "environments": [], "pull_requests": False}
    own = {"environments": [environment]} if environment else {"branches": ["main"]}
    return trust_of(Service.GITHUB, cloud, **{**lists, **own})


@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize(("environment", "simple"), [("", False), ("release", False), ("release", True)])
def test_an_image_s_token_is_let_in_and_no_other(kind, environment, simple):
    cloud, login = CLOUDS[kind]
    settings = {
        "images": {
            "api": image(login, simple=simple, **({"environment": environment} if environment else {}))
        }
    }
    (text,) = render(read_settings(settings)).values()
    trust = trusted(cloud, environment)
    own = tokens(text, cloud)
    assert own
    assert [judge(trust, cloud, token).allowed for token in own] == [True] * len(own)
    for token in own:
        for hostile in others(token):
            assert not judge(trust, cloud, hostile).allowed, hostile


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_deployment_s_token_is_let_in_and_no_other(kind):
    cloud, login = CLOUDS[kind]
    settings = {"workflows": ["deploy"], "stacks": {"prod": {"environment": "production", "login": login}}}
    (text,) = render(read_settings(settings)).values()
    trust = trusted(cloud, "production")
    (token,) = tokens(text, cloud)
    assert judge(trust, cloud, token).allowed
    assert not any(judge(trust, cloud, hostile).allowed for hostile in others(token))


def others(token):
    """Another repository, one of the same name, a fork's pull request, another branch, another environment, another audience."""
    context = token["sub"].removeprefix(IMMUTABLE)
    return [
        {**token, "sub": f"repo:evil@1/shop@2{context}", "repository_id": "2", "repository_owner_id": "1"},
        {**token, "sub": f"repo:acme@1/shop@2{context}", "repository_id": "2", "repository_owner_id": "1"},
        {
            **token,
            "sub": f"{IMMUTABLE}:pull_request",
            "ref": "refs/pull/5/merge",
            "event_name": "pull_request",
            "environment": "",
        },
        {**token, "sub": f"{IMMUTABLE}:ref:refs/heads/other", "ref": "refs/heads/other", "environment": ""},
        {**token, "sub": f"{IMMUTABLE}:environment:other", "environment": "other"},
        {**token, "aud": "https://github.com/evil"},
    ]


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_job_of_gitlab_is_let_in_from_its_branch_and_no_other(kind):
    cloud, login = CLOUDS[kind]
    settings = {
        "service": "gitlab",
        "images": {"api": image(login)},
        "stacks": {"prod": {"login": login, "environment": "production"}},
    }
    (text,) = render(read_settings(settings)).values()
    jobs = {
        name: job
        for name, job in yaml.safe_load(text).items()
        if isinstance(job, dict) and "id_tokens" in job
    }
    assert set(jobs) == {"image api", "deploy prod"}
    assert {rule["if"] for job in jobs.values() for rule in job["rules"]} == {
        '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"'
    }
    trust = trust_of(Service.GITLAB, cloud, branches=["main"], tags=[])
    audiences = {job["id_tokens"]["CLOUD_TOKEN"]["aud"] for job in jobs.values()}
    own = gitlab_token(cloud)
    assert audiences == {
        own["aud"].replace("projects/1/locations/global/workloadIdentityPools/registry/", f"{POOL}/")
    }
    assert judge(trust, cloud, own).allowed
    project = "project_path:acme/platform/shop"
    for hostile in (
        {"sub": "project_path:evil/shop:ref_type:branch:ref:main", "project_id": "9", "namespace_id": "8"},
        {"sub": f"{project}:ref_type:branch:ref:other", "ref": "other"},
        {"sub": f"{project}:ref_type:tag:ref:main", "ref_type": "tag"},
        {"aud": "https://gitlab.com"},
    ):
        assert not judge(trust, cloud, {**own, **hostile}).allowed, hostile
