"""Google's providers, also those that others have written."""

import pytest
from dockyard.errors import DockyardError
from dockyard.trust.evaluate_gcp import conjuncts, evaluate_gcp

NAME = "projects/1/locations/global/workloadIdentityPools/ci/providers/github"
TOKEN = {
    "iss": "https://token.actions.githubusercontent.com",
    "aud": f"https://iam.googleapis.com/{NAME}",
    "sub": "repo:acme/shop:ref:refs/heads/main",
    "ref": "refs/heads/main",
    "event_name": "push",
}


def verdict(condition="", token=None, **changes):
    provider = {
        "name": NAME,
        "oidc": {"issuerUri": TOKEN["iss"]},
        "attributeMapping": {"google.subject": "assertion.sub", "attribute.ref": "assertion.ref"},
        "attributeCondition": condition,
        **changes,
    }
    return evaluate_gcp(provider, token or TOKEN)


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        ("a && b&&c", ["a", "b", "c"]),
        ("a || b && c", ["a || b && c"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        ("(a || b) && c", ["(a || b)", "c"]),
        ("a in ['x && y', 'z'] && b", ["a in ['x && y', 'z']", "b"]),
        (r"a == 'it\'s && so' && b", [r"a == 'it\'s && so'", "b"]),
        ('a == "\'&&" && b', ['a == "\'&&"', "b"]),
    ],
)
def test_a_condition_is_told_in_the_parts_that_and_joins(condition, parts):
    assert conjuncts(condition) == parts


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("assertion.ref == 'refs/heads/main'", True),
        ("assertion.ref == 'refs/heads/evil' || assertion.event_name == 'push'", True),
        ("assertion.ref.startsWith('refs/heads/') && attribute.ref != 'x'", True),
        ("google.subject == 'repo:acme/shop:ref:refs/heads/main'", True),
        ("assertion.ref == 'refs/heads/evil'", False),
        ("assertion.actor == 'octocat'", False),
        ("assertion.actor == 'octocat' || true", True),
        ("has(assertion.actor)", False),
        ("assertion.ref", False),
        ("1", False),
        ("assertion.ref == 1", False),
    ],
)
def test_a_condition_lets_in_what_it_is_true_of(condition, expected):
    assert verdict(condition).allowed is expected


def test_the_part_that_fails_is_named_with_what_the_token_has():
    failed = verdict("assertion.event_name == 'push' && assertion.ref == 'refs/heads/evil'").failed
    assert failed.condition == "assertion.ref == 'refs/heads/evil'"
    assert failed.why == "ref is 'refs/heads/main'"


def test_a_claim_that_is_not_there_is_named():
    assert "actor" in verdict("assertion.actor == 'octocat'").failed.why


def test_what_is_no_cel_is_an_error():
    with pytest.raises(DockyardError, match="is no CEL"):
        verdict("assertion.ref = 'x'")


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"attributeMapping": {}}, "google.subject"),
        ({"attributeMapping": {"google.subject": "assertion.missing"}}, "google.subject = assertion.missing"),
        ({"attributeMapping": {"google.subject": f"'{'x' * 128}'"}}, "google.subject"),
        ({"attributeMapping": {"google.subject": "''"}}, "google.subject"),
        ({"attributeMapping": {"google.subject": "1"}}, "google.subject"),
        ({"oidc": {"issuerUri": "https://gitlab.com"}}, "issuer"),
        ({"oidc": {"issuerUri": TOKEN["iss"], "allowedAudiences": ["other"]}}, "audiences"),
        ({"name": None}, "audiences"),
        ({"disabled": True}, "provider"),
    ],
    ids=str,
)
def test_a_provider_has_more_conditions_than_its_condition(changes, condition):
    assert verdict(**changes).failed.condition == condition


@pytest.mark.parametrize("prefix", ["https:", ""])
def test_a_provider_without_audiences_takes_its_own_name(prefix):
    assert verdict(token={**TOKEN, "aud": f"{prefix}//iam.googleapis.com/{NAME}"}).allowed


def test_a_number_that_cel_has_no_room_for_is_refused_and_no_fault():
    assert "cannot be told" in verdict("true", {**TOKEN, "run": 2**70}).failed.why
