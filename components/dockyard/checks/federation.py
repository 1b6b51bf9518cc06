"""Federated credentials of Azure: issuer, subject and audience, and nothing else.

Sources: "Important considerations and restrictions for federated identity credentials" and "Flexible federated identity credentials" of
Microsoft's documentation.
"""

import re
from collections.abc import Iterator
from typing import Any

from dockyard.checks.subjects import by_name, service, too_wide
from dockyard.checks.values import UNKNOWN, many, quoted, text, texts
from dockyard.trust.azure import AUDIENCES
from dockyard.trust.names import has_wildcard

_CLAIM = re.compile(r"claims\[['\"]sub['\"]\]\s+(matches|eq)\s+'([^']*)'")


def judge(issuer: Any, subject: Any, audiences: Any, names_suffice: bool = False) -> Iterator[str]:
    """What lets others in. names_suffice: whether a repository may be named without its number."""
    yield from audience(audiences)
    if UNKNOWN in (issuer, subject):
        return
    if not text(issuer):
        yield "issuer is required: https://token.actions.githubusercontent.com for GitHub"
    elif not text(issuer).startswith("https://"):
        yield f"issuer {quoted(issuer)} is no https:// address: nothing proves who signed"
    elif service(text(issuer)):
        yield from _subject(text(issuer), text(subject), False, names_suffice)


def flexible(issuer: Any, expression: Any, audiences: Any, names_suffice: bool = False) -> Iterator[str]:
    """The same of a credential with an expression instead of a subject."""
    yield from audience(audiences)
    if UNKNOWN in (issuer, expression):
        return
    if not text(issuer).startswith("https://"):
        yield f"issuer {quoted(issuer)} is no https:// address: nothing proves who signed"
        return
    conditions = _CLAIM.findall(text(expression))
    if not conditions:
        yield "claimsMatchingExpression has no condition on claims['sub'], so that everybody there gets in: add one"
    for operator, subject in conditions:
        yield from _subject(text(issuer), subject, operator == "matches", names_suffice)


def audience(value: Any) -> Iterator[str]:
    """Why tokens for others would do."""
    if value is UNKNOWN or UNKNOWN in many(value):
        return
    if texts(value) != many(value) or not many(value):
        yield f"audiences {quoted(value)} name none: set [{AUDIENCES[0]!r}]"
    for each in texts(value):
        if each not in AUDIENCES:
            yield f"audience {quoted(each)} is not Azure's, so that tokens for others work too: set {AUDIENCES[0]!r}"


def _subject(issuer: str, subject: str, wildcards: bool, names_suffice: bool) -> Iterator[str]:
    wide = list(too_wide(issuer, subject, wildcards))
    yield from wide
    if not wide and not wildcards and has_wildcard(subject):
        yield f"the subject {quoted(subject)} fits nobody: Azure compares exactly, without wildcards"
    elif not wide and not names_suffice and (why := by_name(issuer, subject)):
        yield why
