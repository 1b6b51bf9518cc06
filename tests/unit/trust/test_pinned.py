"""No token that differs in anything pinned is let in, whatever it differs by."""

import pytest
from dockyard.trust.evaluate import Cloud
from dockyard.trust.evaluate_gcp import mapped_attributes
from dockyard.trust.trust import Service
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.trust import CLOUDS, github_token, gitlab_token, judge, trust_of

CEL = mapped_attributes({"google.subject": "'x'"}, {})
"""cel-python raises the recursion limit when it is first used, and hypothesis minds that within a test."""
EVERYWHERE = ("iss", "aud", "sub")
NUMBERS = ("repository_id", "repository_owner_id")
WORKFLOW = "acme/shop/.github/workflows/release.yml@refs/heads/main"
PINNED = {
    (Service.GITHUB, Cloud.AWS): (*EVERYWHERE, *NUMBERS, "job_workflow_ref"),
    (Service.GITHUB, Cloud.AZURE): EVERYWHERE,
    (Service.GITHUB, Cloud.GCP): (*EVERYWHERE, *NUMBERS, "job_workflow_ref", "event_name"),
    (Service.GITLAB, Cloud.AWS): EVERYWHERE,
    (Service.GITLAB, Cloud.AZURE): EVERYWHERE,
    (Service.GITLAB, Cloud.GCP): (
        *EVERYWHERE,
        *("project_id", "namespace_id", "ref_protected", "pipeline_source"),
    ),
}


def fine(service, cloud):
    if service is Service.GITLAB:
        return trust_of(service, cloud, tags=[]), gitlab_token(cloud)
    changes = {} if cloud is Cloud.AZURE else {"workflow": WORKFLOW}
    return trust_of(service, cloud, tags=[], environments=[], **changes), github_token(cloud)


def near(value: str) -> st.SearchStrategy[object]:
    """Other values: like it, in other case, longer, shorter, with signs that patterns and quotes are made of, and of other types."""
    signs = st.sampled_from(
        ["*", "?", "'", '"', "\\", ":", "%3A", "/", "@", " ", "\n", "\x00", "${*}", "a", "0"]
    )
    spliced = st.tuples(st.integers(0, len(value)), st.integers(0, len(value)), signs).map(
        lambda cut: value[: cut[0]] + cut[2] + value[cut[1] :]
    )
    cased = st.sampled_from([value.upper(), value.title(), value.swapcase()])
    others = st.one_of(
        st.text(max_size=40), st.integers(), st.booleans(), st.none(), st.lists(st.text(max_size=9))
    )
    return st.one_of(spliced, cased, others)


@pytest.mark.parametrize(("service", "cloud"), PINNED, ids=str)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_token_that_differs_in_a_pinned_claim_is_let_in(service, cloud, data):
    trust, token = fine(service, cloud)
    claim = data.draw(st.sampled_from(PINNED[service, cloud]))
    allowed = {
        "event_name": {"push", "workflow_dispatch", "release"},
        "pipeline_source": {"push", "web", "schedule"},
    }
    good = allowed.get(claim, {token[claim]})
    if claim == "aud" and cloud is Cloud.GCP:
        good |= {token["aud"].removeprefix("https:")}
    value = data.draw(
        near(token[claim]).filter(lambda other: not isinstance(other, str) or other not in good)
    )
    assert not judge(trust, cloud, {**token, claim: value}).allowed
    assert not judge(trust, cloud, {key: kept for key, kept in token.items() if key != claim}).allowed


@pytest.mark.parametrize(("service", "cloud"), PINNED, ids=str)
def test_the_token_that_differs_in_nothing_is_let_in(service, cloud):
    assert judge(*[fine(service, cloud)[0], cloud, fine(service, cloud)[1]]).allowed


@pytest.mark.parametrize("cloud", CLOUDS)
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["ref", "actor", "workflow", "environment", "head_ref"]), st.text()))
def test_claims_that_anybody_chooses_let_nobody_in(cloud, claims):
    """Neither alone nor beside the subject of another repository."""
    trust = trust_of(Service.GITHUB, cloud)
    evil = github_token(cloud, "repo:evil@1/evil@2:environment:production", repository_id="2", **claims)
    assert not judge(trust, cloud, evil).allowed
