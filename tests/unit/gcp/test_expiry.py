"""Retention as GarRegistry registers it."""

import pytest
from dockyard.errors import ProblemsError
from dockyard.gcp.settings import read_settings

UNTAGGED = {
    "id": "untagged",
    "action": "DELETE",
    "condition": {"tagState": "UNTAGGED", "olderThan": "1209600s"},
}
RULES = {"old": {"tags": ["pr-*"], "older_than_days": 9}}
BASE = {"location": "europe-west1", "repositories": {"api": {}, "web": {}}}


def problems(**args):
    with pytest.raises(ProblemsError) as refused:
        read_settings({**BASE, **args}, "GarRegistry 'images'", "images")
    return [str(problem) for problem in refused.value.problems]


def test_cleanup_tells_what_would_go_before_anything_goes(make):
    found = make().one("Repository")
    assert found["cleanupPolicies"] == [UNTAGGED]
    assert found["cleanupPolicyDryRun"] is True


def test_cleanup_deletes_when_it_is_told_to(make):
    assert make(cleanup_dry_run=False).one("Repository")["cleanupPolicyDryRun"] is False


def test_what_is_kept_is_a_policy_of_its_own_that_wins_over_deletions(make):
    retention = {"rules": RULES, "keep_tags": ["v*"]}
    policies = make(retention=retention, immutable_tags=False).one("Repository")["cleanupPolicies"]
    assert policies == [
        {"id": "keep-tags", "action": "KEEP", "condition": {"tagState": "TAGGED", "tagPrefixes": ["v"]}},
        {
            "id": "old",
            "action": "DELETE",
            "condition": {"tagState": "TAGGED", "tagPrefixes": ["pr-"], "olderThan": "777600s"},
        },
        UNTAGGED,
    ]


def test_a_cache_is_cleaned_up_too(make):
    assert make(remote={"docker_hub": True}).one("Repository")["cleanupPolicies"] == [UNTAGGED]


def test_with_a_repository_per_key_each_has_its_own_cleanup(make):
    repositories = {"api": {}, "web": {"retention": {"untagged_days": 1}}}
    found = make(repositories=repositories, repository_per_key=True).of("Repository")
    days = {name: item["cleanupPolicies"][0]["condition"]["olderThan"] for name, item in found.items()}
    assert days == {"images-api": "1209600s", "images-web": "86400s"}


def test_a_key_may_say_again_what_the_registry_says():
    same = {"untagged_days": 3}
    settings = read_settings(
        {**BASE, "retention": same, "repositories": {"api": {"retention": same}}}, "x", "images"
    )
    assert len(settings.repositories) == 1


def test_a_rule_that_immutable_tags_defeat_is_told_once_for_all_repositories():
    expected = ["retention/rules/old: would expire tagged images, which immutable tags keep"]
    assert problems(retention={"rules": RULES}) == expected
    assert problems(retention={"rules": RULES}, repository_per_key=True) == expected


def test_a_rule_may_expire_tagged_images_of_the_one_repository_whose_tags_move():
    repositories = {"api": {}, "pr": {"immutable_tags": False, "retention": {"rules": RULES}}}
    settings = read_settings(
        {**BASE, "repositories": repositories, "repository_per_key": True}, "x", "images"
    )
    assert [len(repository.cleanup) for repository in settings.repositories] == [1, 2]


def test_more_policies_than_artifact_registry_takes_are_refused():
    rules = {f"r{n}": {"untagged": True, "older_than_days": 1} for n in range(10)}
    assert problems(retention={"rules": rules}) == [
        "retention: makes 11 policies, Artifact Registry takes 10"
    ]


def test_what_google_cannot_keep_is_refused_with_its_path():
    found = problems(retention={"keep_last": 3}, immutable_tags=False)
    assert found == [
        "retention/keep_last: Artifact Registry counts images without tags too, so tagged ones would go"
    ]
