"""Who a resource policy lets in: everybody, other accounts, and with which rights."""

import re
from collections.abc import Collection, Iterator

from dockyard.checks.policy_document import Condition, Document, Statement
from dockyard.checks.values import quoted

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?([0-9]{12})(?::.+)?")
_BY_ACCOUNT = ("aws:principalaccount", "aws:sourceaccount", "aws:sourceowner")
_BY_ORGANIZATION = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:vpceorgid",
)
_BY_ARN = ("aws:principalarn", "aws:sourcearn")
_BY_NETWORK = ("aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount")
_WIDE = re.compile(r"/[0-7]$")
_TEXT = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")
_ARN = (*_TEXT, "ArnEquals", "ArnLike")
MANAGING = (
    *(
        "ecr:BatchDeleteImage",
        "ecr:DeleteLifecyclePolicy",
        "ecr:DeleteRepository",
        "ecr:DeleteRepositoryPolicy",
    ),
    *("ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy"),
    *("ecr:SetRepositoryPolicy", "ecr:DeleteRegistryPolicy", "ecr:PutRegistryPolicy"),
)
"""Rights over a repository itself: with one of them the other promises fall. Source: "Actions defined by Amazon ECR"."""
SIGN_IN = "ecr:GetAuthorizationToken"


def open_to_everybody(document: Document) -> Iterator[str]:
    """Why a policy lets in whoever has an account of AWS, or nobody at all."""
    for statement in document.allowing:
        if "NotPrincipal" in statement.inverted:
            yield f"{statement.label}: Allow with NotPrincipal lets everybody else in: name who may, under Principal"
            continue
        who = [each for _, each in statement.principals if "*" in each or "?" in each]
        if who and not bounded(statement):
            yield (
                f"{statement.label}: Principal {quoted(who[0])} lets everybody in: name accounts or roles, "
                f"or require aws:PrincipalOrgID with StringEquals"
            )


def bounded(statement: Statement) -> bool:
    """Whether a condition leaves the callers of named accounts, organizations or networks; one that is not known yet may."""
    return statement.condition_unknown or any(_bounds(each) for each in statement.conditions)


def _bounds(condition: Condition) -> bool:
    if not condition.requires:
        return False
    known = _BY_ACCOUNT + _BY_ORGANIZATION + _BY_NETWORK
    if condition.key == "aws:sourceip":
        wide = any(_WIDE.search(value.strip()) for value in condition.values)
        return condition.operator == "IpAddress" and not wide and _has_any(condition)
    if condition.key in _BY_ARN:
        return condition.operator in _ARN and _has_any(condition) and all(map(_has_account, condition.values))
    # A wildcard behind the first part of a path leaves the organization itself exact.
    exact = all("*" not in each.split("/")[0] and "?" not in each.split("/")[0] for each in condition.values)
    return condition.key in known and condition.operator in _TEXT and _has_any(condition) and exact


def _has_any(condition: Condition) -> bool:
    return bool(condition.values) or condition.unknown


def _has_account(arn: str) -> bool:
    parts = arn.split(":")
    return len(parts) >= 6 and not set(parts[4]) & {"*", "?"} and bool(parts[4] or parts[5].strip("*"))


def foreign(document: Document, accounts: Collection[str], organizations: Collection[str]) -> Iterator[str]:
    """Accounts and organizations that a policy lets in and that are not listed."""
    for statement in document.allowing:
        named = [each for kind, each in statement.principals if kind in ("AWS", "*")]
        found = {match[1]: each for each in named if (match := _ACCOUNT.fullmatch(each))}
        for condition in statement.conditions:
            if condition.requires and condition.key in _BY_ACCOUNT:
                found |= {each: each for each in condition.values}
        for account in found:
            if account not in accounts:
                yield f"{statement.label}: account {account} is not among the accounts that may be let in"
        for condition in statement.conditions:
            if condition.requires and condition.key in _BY_ORGANIZATION:
                for each in condition.values:
                    if each.split("/")[0] not in organizations:
                        yield f"{statement.label}: organization {quoted(each)} is not among those that may be let in"


def overbroad(document: Document) -> Iterator[str]:
    """Rights that a repository's or a registry's policy gives away beyond pulling, pushing and replicating."""
    for statement in document.allowing:
        if "NotAction" in statement.inverted:
            yield f"{statement.label}: Allow with NotAction gives every other right: list the actions under Action"
            continue
        given = statement.may(*MANAGING)
        if given:
            shown = next((each for each in statement.actions if "*" in each), given[0])
            yield f"{statement.label}: {shown} includes {given[0]}: list the actions of pulling or pushing alone"
        if SIGN_IN in statement.actions:
            yield f"{statement.label}: {SIGN_IN} works in identity policies only: take it out"
