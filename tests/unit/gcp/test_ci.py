"""CI that signs in to GarRegistry without a key."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.gcp.settings import read_settings
from dockyard.trust.refusals import Refused

GITHUB = {"repository": "acme/shop", "owner_id": "7", "repository_id": "42", "branches": ["main"]}
SHOP = {"shop": {"github": GITHUB}}
POOL = "projects/7/locations/global/workloadIdentityPools/images-ci"
SET = f"principalSet://iam.googleapis.com/{POOL}/attribute.access"
ISSUER = "https://token.actions.githubusercontent.com"
PLACE = {"repository": "images", "location": "europe-west1", "project": "shop-1"}


def test_a_trust_is_a_provider_and_a_grant_straight_to_its_principal_set(make):
    found = make(ci_trust=SHOP, project="shop-123")
    assert found.one("WorkloadIdentityPool") == {"workloadIdentityPoolId": "images-ci", "project": "shop-123"}
    provider = found.of("WorkloadIdentityPoolProvider")["images-shop-push"]
    condition = provider.pop("attributeCondition")
    assert provider == {
        "workloadIdentityPoolId": "images-ci",
        "workloadIdentityPoolProviderId": "shop-push",
        "project": "shop-123",
        "attributeMapping": {
            "google.subject": "assertion.repository_id + ':' + assertion.run_id",
            "attribute.repository_id": "assertion.repository_id",
            "attribute.access": "'shop.push.' + assertion.repository_id",
        },
        "oidc": {"issuerUri": ISSUER},
    }
    assert "assertion.repository_id == '42'" in condition
    assert "assertion.sub == 'repo:acme@7/shop@42:ref:refs/heads/main'" in condition
    assert found.of("RepositoryIamMember") == {
        "images-ci-shop-push": {
            **PLACE,
            "project": "shop-123",
            "role": "roles/artifactregistry.writer",
            "member": f"{SET}/shop.push.42",
        }
    }
    assert not found.of("Account")


def test_pull_requests_have_a_provider_of_their_own_that_pulls_alone(make):
    found = make(ci_trust={"shop": {"github": {**GITHUB, "pull_requests": True}}})
    assert set(found.of("WorkloadIdentityPoolProvider")) == {"images-shop-push", "images-shop-pull"}
    grants = found.of("RepositoryIamMember")
    assert {name: (grant["role"], grant["member"]) for name, grant in grants.items()} == {
        "images-ci-shop-push": ("roles/artifactregistry.writer", f"{SET}/shop.push.42"),
        "images-ci-shop-pull": ("roles/artifactregistry.reader", f"{SET}/shop.pull.42"),
    }


def test_a_trust_for_some_repositories_is_granted_those_alone(make):
    trust = {"shop": {"github": {**GITHUB, "push": ["tools/ci"]}}}
    grants = make(ci_trust=trust, repository_per_key=True).of("RepositoryIamMember")
    assert list(grants) == ["images-tools/ci-ci-shop-push"]
    assert grants["images-tools/ci-ci-shop-push"]["repository"] == "images-tools-ci"


def test_the_workflow_is_told_its_provider(make):
    make.recorder.outputs["gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"] = {
        "name": f"{POOL}/providers/shop-push"
    }
    expected = {"shop": {"workload_identity_provider": f"{POOL}/providers/shop-push"}}
    assert make.output("ci", ci_trust=SHOP) == expected
    assert make.output("ci") == {}


def test_without_a_trust_there_is_no_pool(make):
    assert not make().of("WorkloadIdentityPool")


def test_the_apis_of_ci_are_turned_on_with_it(make):
    found = set(make(ci_trust=SHOP, enable_apis=True).of("Service"))
    assert found >= {"images-iam", "images-iamcredentials", "images-sts"}


def test_the_pool_may_have_another_name(make):
    assert make(ci_trust=SHOP, pool_id="github").one("WorkloadIdentityPool") == {
        "workloadIdentityPoolId": "github"
    }


def test_the_order_of_trusts_changes_nothing(make):
    two = {**SHOP, "till": {"github": {**GITHUB, "repository": "acme/till", "repository_id": "43"}}}

    def registrations(trusts):
        found = make(ci_trust=trusts).registered
        return sorted(((item.typ, item.name, item.inputs) for item in found if item.custom), key=str)

    assert registrations(two) == registrations(dict(reversed(two.items())))


def problems(**args):
    base = {"location": "europe-west1", "repositories": {"api": {}, "web": {}}}
    with pytest.raises(ProblemsError) as refused:
        read_settings({**base, **args}, "GarRegistry 'images'", "images")
    return refused.value.problems


@pytest.mark.parametrize("pool", ["abc", "x" * 33, "gcp-ci", "Images"])
def test_a_pool_that_google_would_refuse_is_refused(pool):
    (problem,) = problems(ci_trust=SHOP, pool_id=pool)
    assert str(problem) == f"pool_id: is not a pool's id: {pool!r}"
    assert "not beginning with gcp-" in problem.hint


def test_a_repositorys_long_name_needs_another_name_for_the_pool():
    (problem,) = problems(ci_trust=SHOP, repository_id="x" * 30)
    assert problem.path == "pool_id"


def test_a_trust_for_some_paths_of_one_repository_is_refused():
    (problem,) = problems(ci_trust={"shop": {"github": {**GITHUB, "push": ["api"]}}})
    assert str(problem) == "ci_trust/shop/github/push: names some of the repositories only"
    assert "repository_per_key" in problem.hint


def test_an_unsafe_trust_is_refused_by_its_kind():
    (problem,) = problems(ci_trust={"shop": {"github": {**GITHUB, "branches": ["*"]}}})
    assert isinstance(problem, Refused)
    assert problem.path.startswith("ci_trust/shop/github/branches")


def test_a_cache_takes_no_pushes_from_ci():
    found = problems(ci_trust=SHOP, remote={"docker_hub": True})
    assert [str(problem) for problem in found] == ["ci_trust: needs a repository that is pushed to"]


def test_the_subject_fits_googles_127_characters_whatever_the_branch_is_called(make):
    trust = {"shop": {"github": {**GITHUB, "branches": ["x" * 200]}}}
    mapping = make(ci_trust=trust).one("WorkloadIdentityPoolProvider")["attributeMapping"]
    assert "assertion.sub" not in mapping["google.subject"]
