"""The trust policy of a role of AWS: every statement and every value of it.

The refusals of `dockyard.trust` hold for trusts that are made there; here stands any trust policy, as somebody wrote it.
"""

from collections.abc import Iterator

from dockyard.checks.policy_document import Condition, Document, Statement
from dockyard.checks.repository_policy import bounded
from dockyard.checks.subjects import GITHUB, GITLAB, by_name, is_pull_request, service, too_wide
from dockyard.checks.values import quoted

WEB, ASSUME = "sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"
_EXACT = ("StringEquals", "StringEqualsIgnoreCase")
_TEXT = (*_EXACT, "StringLike")


def issuers(statement: Statement) -> list[str]:
    """Issuers whose tokens the statement takes, without https://."""
    arns = [who for kind, who in statement.principals if kind in ("Federated", "*")]
    return [arn.partition(":oidc-provider/")[2] or arn for arn in arns]


def judge(document: Document, names_suffice: bool = False) -> Iterator[str]:
    """What lets others in. names_suffice: whether a repository may be named without its number."""
    for statement in document.allowing:
        for message in _statement(statement, names_suffice):
            yield f"{statement.label}: {message}"


def _statement(statement: Statement, names_suffice: bool) -> Iterator[str]:
    if not statement.may(WEB, ASSUME):
        return
    if "NotPrincipal" in statement.inverted:
        yield "Allow with NotPrincipal trusts everybody else: name who may, under Principal"
        return
    who = [each for _, each in statement.principals if each == "*" or each.endswith("::*:root")]
    if who and not bounded(statement) and not statement.condition("sub"):
        yield f"Principal {quoted(who[0])} trusts everybody: name accounts, roles or one OIDC provider"
        return
    if statement.may(WEB) and not statement.condition_unknown:
        for issuer in issuers(statement):
            if service(issuer):
                yield from _audience(statement, issuer)
                yield from _subject(statement, issuer, names_suffice)


def _audience(statement: Statement, issuer: str) -> Iterator[str]:
    conditions = statement.condition(f"{issuer}:aud")
    if any(_pins(each) for each in conditions):
        return
    wanted = "require an exact audience such as sts.amazonaws.com with StringEquals"
    if not conditions:
        yield f"no condition on {issuer}:aud, so that tokens for others work too: {wanted}"
    for each in conditions:
        yield f"{_why_open(each)}: {wanted}"


def _pins(condition: Condition) -> bool:
    """Whether it holds for exact values of its key alone."""
    if not condition.requires or condition.operator not in _TEXT:
        return False
    if condition.unknown:
        return True
    wild = condition.like and any("*" in each or "?" in each for each in condition.values)
    return bool(condition.values) and not wild


def _why_open(condition: Condition) -> str:
    name = f"{condition.quantifier}:{condition.operator}".lstrip(":") + "IfExists" * condition.if_exists
    if condition.quantifier == "ForAllValues":
        return f"{name} on {condition.key} is true of a token without it"
    if condition.if_exists:
        return f"{name} on {condition.key} is true where it is absent"
    if "Not" in condition.operator:
        return f"{name} on {condition.key} lets in whatever it does not name"
    return f"{name} on {condition.key} is not exact"


def _subject(statement: Statement, issuer: str, names_suffice: bool) -> Iterator[str]:
    conditions = statement.condition(f"{issuer}:sub")
    wanted = "require the subjects that are meant with StringEquals"
    if not conditions:
        yield f"no condition on {issuer}:sub, so that everybody with an account there gets in: {wanted}"
        return
    problems = [list(_subject_problems(statement, issuer, each, names_suffice)) for each in conditions]
    # Conditions are all required: one of them that is narrow enough suffices.
    if all(problems):
        yield from (message for found in problems for message in found)


def _subject_problems(
    statement: Statement, issuer: str, condition: Condition, names_suffice: bool
) -> Iterator[str]:
    if not condition.requires or condition.operator not in _TEXT:
        yield f"{_why_open(condition)}: require the subjects that are meant with StringEquals"
        return
    if not condition.values and not condition.unknown:
        yield f"{condition.key} has no value: name the subjects that are meant"
    numbered = names_suffice or _numbered(statement, issuer)
    for subject in condition.values:
        wide = list(too_wide(issuer, subject, condition.like))
        yield from wide
        if not wide and not numbered and (why := by_name(issuer, subject)):
            hint = f", or require {issuer}:repository_id too" if service(issuer) == GITHUB else ""
            yield why + hint


def _numbered(statement: Statement, issuer: str) -> bool:
    """Whether another condition asks for the repository's number, which AWS reads of GitHub alone."""
    if service(issuer) == GITLAB:
        return False
    found = statement.condition(f"{issuer}:repository_id")
    return any(_pins(each) and each.operator in _TEXT for each in found)


def admits_pull_requests(document: Document) -> bool:
    """Whether a pull request on GitHub gets in, which runs code that nobody has reviewed."""
    for statement in document.allowing:
        if not statement.may(WEB):
            continue
        for issuer in issuers(statement):
            if service(issuer) != GITHUB:
                continue
            conditions = [each for each in statement.condition(f"{issuer}:sub") if each.requires]
            admitted = [
                any(is_pull_request(value, each.like) for value in each.values)
                for each in conditions
                if not each.unknown
            ]
            if admitted and all(admitted):
                return True
    return False
