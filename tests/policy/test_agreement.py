"""The rule for roles against the evaluator of trusts: what lets a stranger in is told, and what we render ourselves is not."""

import json

import pytest
from dockyard.trust.evaluate_aws import evaluate_aws
from dockyard.trust.evaluate_gcp import evaluate_gcp
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_policies.rules import BY_NAME

HOST = "token.actions.githubusercontent.com"
ROLE, RULE = "aws:iam/role:Role", BY_NAME["aws-role-trust"]
POOL = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
POOL_RULE = BY_NAME["gcp-provider-trust"]
MAIN = "ref:refs/heads/main"
OURS = {
    "repository_id": "456",
    "repository_owner_id": "123",
    "repository": "acme/api",
    "ref": "refs/heads/main",
}
SUBJECTS = (
    *("", "*", "?*", "repo:*", "repo:acme*", "repo:acme@123/*", "repo:acme@123/api*", "repo:acme/api*"),
    *(f"repo:acme@*/api@*:{MAIN}", f"repo:acm?@123/api@456:{MAIN}", "repo:acme@123/api@456:*", "repo:acme/*"),
    *(f"repo:acme@123/api@456:{MAIN}", f"repo:acme/api:{MAIN}", "repo:acme@123/api@456:ref:refs/heads/*"),
    *(f"environment:x:repo:acme/api:{MAIN}", "ref:refs/heads/main", f"repository_owner_id:123:{MAIN}"),
)
VALUES = {
    "sub": SUBJECTS,
    "aud": ("sts.amazonaws.com", "sts*", "*", "https://example.org"),
    "repository_id": ("456", "4*", "*"),
    "repository_owner_id": ("123", "*"),
    "ref": ("refs/heads/main", "refs/heads/*"),
}


def token(sub: str, **claims: str) -> dict[str, str]:
    return {"iss": f"https://{HOST}", "aud": "sts.amazonaws.com", "sub": sub, **OURS, **claims}


STRANGERS = (
    token(f"repo:evil@9/api@8:{MAIN}", repository_id="8", repository_owner_id="9", repository="evil/api"),
    token(f"repo:acme-evil@9/api@8:{MAIN}", repository_id="8", repository_owner_id="9"),
    token(f"repo:acme@123/other@999:{MAIN}", repository_id="999", repository="acme/other"),
    token(f"repo:acme@77/api@88:{MAIN}", repository_id="88", repository_owner_id="77"),
    token(f"repo:acme/api:{MAIN}", repository_id="88", repository_owner_id="77"),
    token(f"environment:x:repo:acme/api:{MAIN}", repository_id="8", repository_owner_id="9"),
    token("ref:refs/heads/main", repository_id="8", repository_owner_id="9"),
    token(f"repository_owner_id:123:{MAIN}", repository_id="999", repository="acme/other"),
    token("repo:acme@123/api@456:ref:refs/heads/feature", ref="refs/heads/feature"),
    token(f"repo:acme@123/api@456:{MAIN}", aud="https://elsewhere.example"),
)

operators = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(
        ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase"]
    ),
    st.sampled_from(["", "", "IfExists"]),
)
keys = st.one_of(
    *(
        st.tuples(
            st.just(f"{HOST}:{claim}"),
            st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=1, max_size=2)),
        )
        for claim, values in VALUES.items()
    )
)
conditions = st.dictionaries(operators, st.lists(keys, min_size=1, max_size=4).map(dict), max_size=3)
statements = st.builds(
    lambda condition, effect: {
        "Effect": effect,
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{HOST}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    },
    conditions,
    st.sampled_from(["Allow", "Allow", "Deny"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(statements, min_size=1, max_size=2))
def test_a_trust_that_lets_any_stranger_in_breaks_the_rule(found):
    policy = {"Version": "2012-10-17", "Statement": found}
    allowed = [stranger["sub"] for stranger in STRANGERS if evaluate_aws(policy, stranger).allowed]
    if allowed:
        assert RULE.judge(ROLE, {"assumeRolePolicy": json.dumps(policy)}), (allowed, policy)


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike"])
def test_the_strangers_are_told_from_the_one_who_is_meant(operator):
    """Else the test above would hold of nothing."""
    exact = {operator: {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": f"repo:acme@123/api@456:{MAIN}"}}
    anybody, closed = (
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{HOST}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            },
        }
        for condition in ({"StringLike": {f"{HOST}:sub": "*"}}, exact)
    )
    assert all(evaluate_aws(anybody, stranger).allowed for stranger in STRANGERS)
    assert not any(evaluate_aws(closed, stranger).allowed for stranger in STRANGERS)
    assert RULE.judge(ROLE, {"assumeRolePolicy": closed}) == []


leaves = st.sampled_from(
    (
        *(
            "assertion.repository_id == '456'",
            "'456' == assertion.repository_id",
            "attribute.number == '456'",
        ),
        *("assertion.repository_id in ['456', '457']", "assertion.repository_id != '456'", "true"),
        *(
            "assertion.repository == 'acme/api'",
            "assertion.sub.startsWith('repo:acme')",
            "assertion.ref == 'x'",
        ),
        f"assertion.sub == 'repo:acme@123/api@456:{MAIN}'",
        f"assertion['ref'] in ['{MAIN.removeprefix('ref:')}']",
    )
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("{} && {}".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def cel():
    """Loaded before the examples run: cel-python raises Python's recursion limit, which hypothesis watches."""
    pytest.importorskip("celpy")
    evaluate_gcp({"attributeCondition": "true"}, STRANGERS[0])


@settings(max_examples=80, deadline=None)
@given(expressions)
def test_a_pool_that_lets_any_other_repository_in_breaks_the_rule(cel, expression):
    provider = {
        "oidc": {"issuerUri": f"https://{HOST}", "allowedAudiences": ["sts.amazonaws.com"]},
        "attributeMapping": {
            "google.subject": "assertion.repository_id",
            "attribute.number": "assertion.repository_id",
        },
        "attributeCondition": expression,
    }
    others = [each for each in STRANGERS if each["repository_id"] not in ("456", "457")]
    allowed = [stranger["sub"] for stranger in others if evaluate_gcp(provider, stranger).allowed]
    if allowed:
        assert POOL_RULE.judge(POOL, provider), (allowed, expression)
