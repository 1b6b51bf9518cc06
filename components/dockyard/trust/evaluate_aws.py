"""Judges the trust policy of an AWS role against a token."""

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from dockyard.errors import DockyardError
from dockyard.trust.aws import ACTION
from dockyard.trust.github import is_issuer
from dockyard.trust.iam import Operator, lowered, texts
from dockyard.trust.verdict import Check, Verdict, all_of, as_list, one_of

COMMON = frozenset({"amr", "aud", "email", "oaud", "sub"})
"""Claims that AWS reads of every issuer."""
GITHUB = COMMON | {
    *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"),
    *("ref", "repository", "repository_id", "repository_owner_id", "workflow"),
}
"""Claims that AWS reads of GitHub. Source: "Available keys for AWS OIDC federation"; `event_name` is not among them."""


def evaluate_aws(policy: Mapping[str, Any], claims: Mapping[str, Any]) -> Verdict:
    """Whether AssumeRoleWithWebIdentity would let the token in. A statement that denies wins over every one that allows.

    Raises DockyardError for a policy that is none, or with parts that are not evaluated here.
    """
    allowing: list[tuple[str, Verdict]] = []
    denying: list[tuple[str, Verdict]] = []
    for number, statement in enumerate(as_list(policy.get("Statement")), 1):
        if not isinstance(statement, Mapping):
            raise DockyardError(f"statement {number} of the policy must be an object")
        for key in ("NotPrincipal", "NotAction"):
            if key in statement:
                raise DockyardError(f"statement {number}: {key} is not evaluated here")
        name = str(statement.get("Sid") or f"statement {number}")
        verdict = all_of(list(_checks(statement, claims, policy.get("Version") == "2012-10-17")))
        (denying if statement.get("Effect") == "Deny" else allowing).append((name, verdict))
    for name, verdict in denying:
        if verdict.allowed:
            denied = Check(name, False, "denies this token, whatever else allows it")
            return Verdict(False, (*verdict.checks, denied), denied)
    return one_of(allowing, "has no statement that allows anything")


def _checks(statement: Mapping[str, Any], claims: Mapping[str, Any], variables: bool) -> Iterator[Check]:
    yield _principal(statement.get("Principal"), claims)
    actions = texts(as_list(statement.get("Action")))
    fits = any(fnmatch.fnmatchcase(ACTION.lower(), action.lower()) for action in actions)
    yield Check("Action", fits, f"{'has' if fits else 'lacks'} {ACTION}")
    conditions = statement.get("Condition") or {}
    if not isinstance(conditions, Mapping) or not all(
        isinstance(keys, Mapping) for keys in conditions.values()
    ):
        raise DockyardError("Condition must be an object of objects")
    for operator, keys in conditions.items():
        for key, patterns in keys.items():
            yield _condition(str(operator), str(key), texts(as_list(patterns)), claims, variables)


def _principal(principal: object, claims: Mapping[str, Any]) -> Check:
    host = _host(claims)
    named = texts(as_list(principal.get("Federated"))) if isinstance(principal, Mapping) else []
    providers = [arn.partition("oidc-provider/")[2] for arn in named]
    passed = principal == "*" or host in [provider for provider in providers if provider]
    wanted = "anybody" if principal == "*" else " or ".join(providers) or "nobody of an OIDC provider"
    return Check("issuer", passed, f"{wanted} is trusted, the token is of {host!r}")


def _condition(
    operator: str, key: str, patterns: list[str], claims: Mapping[str, Any], variables: bool
) -> Check:
    parsed = Operator.parse(operator)
    values = _context(claims).get(key.lower())
    known = (values is not None and texts(values)) or None
    passed = parsed.holds(known, patterns, variables)
    wanted = " or ".join(map(repr, patterns))
    if known is None:
        why = _absent(key, claims)
        if passed and parsed.quantifier == "ForAllValues":
            why += ", and ForAllValues is true of nothing at all"
    else:
        why = (
            f"wanted {'anything but ' if parsed.negative else ''}{wanted}, got {', '.join(map(repr, known))}"
        )
    return Check(f"{operator} {key}", passed, why)


def _absent(key: str, claims: Mapping[str, Any]) -> str:
    prefix, _, claim = key.rpartition(":")
    if prefix.lower() == _host(claims).lower() and claim in claims:
        return f"AWS does not read {claim!r} of tokens of this issuer"
    return f"the token has no {key!r}"


def _context(claims: Mapping[str, Any]) -> dict[str, object]:
    """The condition keys that the token makes, in lower case. With `azp` AWS takes that for `aud`, and calls the other `oaud`."""
    host = _host(claims)
    readable = GITHUB if is_issuer(f"https://{host}") else COMMON
    seen = {claim: value for claim, value in claims.items() if claim in readable}
    if "azp" in claims:
        seen |= {"aud": claims["azp"], "oaud": claims.get("aud")}
    return lowered({f"{host}:{claim}": value for claim, value in seen.items() if value is not None})


def _host(claims: Mapping[str, Any]) -> str:
    return str(claims.get("iss", "")).removeprefix("https://")
