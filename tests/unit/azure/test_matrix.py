"""Tiers, and what does not go together."""

from dataclasses import replace

import pytest
from dockyard.azure.matrix import CONFLICTS, NEEDS, TIERS, Choice, conflicts

ASKED = {
    "anonymous_pull": {"anonymous_pull": True},
    "public_network_access": {"public_network_access": False},
    "ip_rules": {"ip_rules": True},
    "export": {"export": False},
    "data_endpoints": {"data_endpoints": True},
    "untagged_policy_days": {"untagged_policy_days": True},
    "private_endpoints": {"private_endpoints": True},
    "replicas": {"replicas": True},
    "encryption": {"encryption": True},
}
LOWEST = dict.fromkeys(ASKED, "Premium") | {"anonymous_pull": "Standard"}


def told(**choice):
    return [(str(problem), problem.hint) for problem in conflicts(Choice(**choice))]


def test_every_argument_that_needs_a_tier_is_tried_here():
    assert set(NEEDS) == set(ASKED)


@pytest.mark.parametrize("sku", TIERS)
@pytest.mark.parametrize("argument", sorted(ASKED))
def test_what_a_tier_has_not_is_told_with_the_tier_that_has_it(argument, sku):
    lowest = LOWEST[argument]
    needs = f"{argument}: needs the tier {lowest}, and the registry is {sku}"
    missing = [(text, hint) for text, hint in told(sku=sku, **ASKED[argument]) if "needs the tier" in text]
    if TIERS.index(sku) >= TIERS.index(lowest):
        assert missing == []
    else:
        assert missing == [(needs, f"sku: {lowest}, or leave {argument} out")]


@pytest.mark.parametrize("sku", TIERS)
def test_the_defaults_need_no_tier(sku):
    assert told(sku=sku) == []


@pytest.mark.parametrize("sku", TIERS)
@pytest.mark.parametrize("argument", ["cache", "soft_delete_days"])
def test_what_every_tier_has_is_refused_to_none(argument, sku):
    """Other modules ask Premium for the cache, which Azure does not."""
    assert told(sku=sku, **{argument: True}) == []


@pytest.mark.parametrize(
    ("choice", "path", "word", "hint"),
    [
        (
            {"soft_delete_days": True, "untagged_policy_days": True},
            "soft_delete_days",
            "does not go with untagged_policy_days",
            "leave out one",
        ),
        (
            {"soft_delete_days": True, "replicas": True},
            "soft_delete_days",
            "does not go with replicas",
            "geo-replicated",
        ),
        (
            {"soft_delete_days": True, "cache": True},
            "soft_delete_days",
            "does not go with cache",
            "cannot cache",
        ),
        (
            {"export": False},
            "export",
            "cannot be off while the registry is public",
            "public_network_access: false",
        ),
        (
            {"ip_rules": True, "public_network_access": False},
            "ip_rules",
            "say nothing where public_network_access is false",
            "leave out one",
        ),
    ],
)
def test_what_does_not_go_together_is_told_with_a_way_out(choice, path, word, hint):
    ((text, told_hint),) = told(sku="Premium", **choice)
    assert text == f"{path}: {word}"
    assert hint in told_hint
    calm = replace(Choice(sku="Premium", **choice), **{path: getattr(Choice(), path)})
    assert list(conflicts(calm)) == []


def test_every_conflict_is_tried_above():
    assert len(CONFLICTS) == 5


def test_everything_that_is_wrong_is_told_at_once():
    found = told(sku="Basic", anonymous_pull=True, data_endpoints=True, soft_delete_days=True, cache=True)
    assert len(found) == 3


def test_premium_without_the_internet_may_keep_images_in():
    assert told(sku="Premium", public_network_access=False, export=False, private_endpoints=True) == []
