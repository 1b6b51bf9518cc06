"""IAM's conditions, as AWS documents them: the truth tables that trusts get wrong."""

import pytest
from dockyard.errors import DockyardError
from dockyard.trust.evaluate_aws import evaluate_aws

HOST = "token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
TOKEN = {
    "iss": f"https://{HOST}",
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/shop:ref:refs/heads/main",
    "repository_id": "456789",
    "event_name": "push",
}


def statement(condition, **changes):
    return {
        "Effect": "Allow",
        "Principal": {"Federated": ARN},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
        **changes,
    }


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allowed(condition, token=None, version="2012-10-17"):
    return evaluate_aws(policy(statement(condition), version=version), token or TOKEN).allowed


@pytest.mark.parametrize(
    ("operator", "key", "pattern", "expected"),
    [
        ("StringEquals", "sub", "repo:acme/shop:ref:refs/heads/main", True),
        ("StringEquals", "sub", "repo:acme/shop:*", False),
        ("StringEquals", "sub", "repo:Acme/shop:ref:refs/heads/main", False),
        ("StringEqualsIgnoreCase", "sub", "repo:ACME/shop:ref:refs/heads/main", True),
        ("StringNotEquals", "sub", "repo:acme/shop:ref:refs/heads/main", False),
        ("StringNotEquals", "actor", "evil", True),
        ("StringNotEqualsIgnoreCase", "sub", "REPO:acme/shop:ref:refs/heads/main", False),
        ("StringLike", "sub", "repo:acme*", True),
        ("StringLike", "sub", "repo:acm?/shop:*", True),
        ("StringLike", "sub", "repo:ac?/shop:*", False),
        ("StringLike", "sub", "repo:Acme/*", False),
        ("StringLike", "sub", "repo:acme.shop:*", False),
        ("StringNotLike", "sub", "repo:evil/*", True),
        ("StringLike", "sub", ["repo:evil/*", "repo:acme/*"], True),
        ("StringEquals", "actor", "octocat", False),
        ("StringEqualsIfExists", "actor", "octocat", True),
        ("StringEqualsIfExists", "sub", "octocat", False),
        ("Null", "actor", "true", True),
        ("Null", "actor", "false", False),
        ("Null", "sub", "false", True),
        ("ForAllValues:StringEquals", "aud", "sts.amazonaws.com", True),
        ("ForAllValues:StringEquals", "aud", "other", False),
        ("ForAllValues:StringEquals", "actor", "octocat", True),
        ("ForAnyValue:StringEquals", "aud", "sts.amazonaws.com", True),
        ("ForAnyValue:StringEquals", "actor", "octocat", False),
        ("ForAnyValue:StringNotEquals", "actor", "octocat", False),
        ("StringEquals", "event_name", "push", False),
        ("StringEquals", "repository_id", "456789", True),
        ("StringEquals", "SUB", "repo:acme/shop:ref:refs/heads/main", True),
    ],
)
def test_an_operator_is_true_as_documented(operator, key, pattern, expected):
    assert allowed({operator: {f"{HOST}:{key}": pattern}}) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("ForAnyValue:StringEquals", True),
        ("ForAllValues:StringEquals", False),
        ("ForAllValues:StringLike", False),
        ("StringNotEquals", False),
    ],
)
def test_a_claim_of_several_values_needs_a_set_operator(operator, expected):
    token = {**TOKEN, "aud": ["sts.amazonaws.com", "other"]}
    assert allowed({operator: {f"{HOST}:aud": "sts.amazonaws.com"}}, token) is expected


def test_several_values_that_all_fit_need_a_set_operator_too():
    token = {**TOKEN, "aud": ["sts.amazonaws.com", "other"]}
    patterns = {f"{HOST}:aud": ["sts.amazonaws.com", "other"]}
    assert not allowed({"StringEquals": patterns}, token)
    assert allowed({"ForAllValues:StringEquals": patterns}, token)


def test_for_all_values_lets_a_token_without_the_claim_in_and_says_so():
    """The mistake of modules that guard `aud` so."""
    token = {key: value for key, value in TOKEN.items() if key != "aud"}
    condition = {"ForAllValues:StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}
    verdict = evaluate_aws(policy(statement(condition)), token)
    assert verdict.allowed
    assert "ForAllValues is true of nothing" in verdict.checks[-1].why


def test_a_policy_without_sub_lets_anybody_in():
    condition = {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}}
    assert allowed(condition, {**TOKEN, "sub": "repo:evil/evil:ref:refs/heads/main"})


def test_conditions_are_joined_by_and_and_statements_by_or():
    audience = {f"{HOST}:aud": "sts.amazonaws.com"}
    wrong = statement({"StringEquals": {**audience, f"{HOST}:sub": "other"}})
    right = statement({"StringEquals": audience, "StringLike": {f"{HOST}:sub": "repo:acme/*"}})
    assert not evaluate_aws(policy(wrong), TOKEN).allowed
    assert evaluate_aws(policy(wrong, right), TOKEN).allowed
    assert evaluate_aws({"Version": "2012-10-17", "Statement": right}, TOKEN).allowed


def test_a_statement_that_denies_wins():
    deny = statement({"StringNotEquals": {f"{HOST}:repository_id": "1"}}, Effect="Deny", Sid="Others")
    verdict = evaluate_aws(policy(statement({}), deny), TOKEN)
    assert not verdict.allowed
    assert verdict.failed.condition == "Others"
    assert evaluate_aws(policy(statement({}), deny), {**TOKEN, "repository_id": "1"}).allowed


def test_a_refused_token_failed_the_statement_it_came_furthest_in():
    far = statement({"StringEquals": {f"{HOST}:aud": "other", f"{HOST}:sub": "other"}}, Sid="Far")
    near = statement({"StringEquals": {f"{HOST}:aud": "other"}}, Sid="Near")
    failed = evaluate_aws(policy(far, near), TOKEN).failed
    assert failed.condition == f"Near: StringEquals {HOST}:aud"
    assert failed.why == "wanted 'other', got 'sts.amazonaws.com'"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Action": "sts:*"}, True),
        ({"Action": ["sts:TagSession", "STS:assumerolewithwebidentity"]}, True),
        ({"Action": "sts:AssumeRole"}, False),
        ({"Action": "sts:TagSession"}, False),
        ({"Principal": "*"}, True),
        ({"Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}, False),
        ({"Effect": "Deny"}, False),
    ],
    ids=str,
)
def test_principal_action_and_effect_must_fit(changes, expected):
    assert evaluate_aws(policy(statement({}, **changes)), TOKEN).allowed is expected


def test_a_policy_that_says_nothing_lets_nobody_in():
    verdict = evaluate_aws(policy(), TOKEN)
    assert not verdict.allowed
    assert verdict.failed.why == "has no statement that allows anything"


def test_what_aws_does_not_read_is_named():
    verdict = evaluate_aws(policy(statement({"StringEquals": {f"{HOST}:event_name": "push"}})), TOKEN)
    assert verdict.failed.why == "AWS does not read 'event_name' of tokens of this issuer"


def test_the_authorised_party_takes_the_place_of_the_audience():
    token = {**TOKEN, "azp": "client"}
    assert allowed({"StringEquals": {f"{HOST}:aud": "client", f"{HOST}:oaud": "sts.amazonaws.com"}}, token)


def test_a_variable_stands_for_the_sign_in_it():
    sub = {**TOKEN, "sub": "a*b"}
    assert allowed({"StringLike": {f"{HOST}:sub": "a${*}b"}}, sub)
    assert not allowed({"StringLike": {f"{HOST}:sub": "a${*}b"}}, {**TOKEN, "sub": "axb"})
    assert allowed({"StringEquals": {f"{HOST}:sub": "${*}"}}, {**TOKEN, "sub": "${*}"}, "2008-10-17")


@pytest.mark.parametrize(
    "bad",
    [
        policy(statement({"StringMatches": {f"{HOST}:sub": "x"}})),
        policy(statement({"NumericEquals": {f"{HOST}:sub": "1"}})),
        policy(statement({"StringLike": {f"{HOST}:sub": "${aws:username}"}})),
        policy(statement({}, NotPrincipal={"AWS": "*"})),
        policy(statement({}, NotAction="sts:AssumeRole")),
        policy(statement(["x"])),
        policy("x"),
    ],
    ids=str,
)
def test_what_is_not_evaluated_is_refused_and_never_guessed(bad):
    with pytest.raises(DockyardError):
        evaluate_aws(bad, TOKEN)
