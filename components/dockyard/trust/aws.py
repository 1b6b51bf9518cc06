"""Trust as AWS checks it: the trust policy of a role.

Sources: "Available keys for AWS OIDC federation" (which claims are condition keys: for GitHub's issuers also the numbers, for GitLab
`sub` and `aud` alone) and "IAM and AWS STS quotas" (2,048 characters of a trust policy, 4,096 on request) of AWS's documentation.

AWS reads no `event_name`: a workflow of `pull_request_target` or `workflow_run` carries the subject of the branch that it runs on. An
environment that is protected on GitHub keeps those out, a branch alone does not.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from dockyard.errors import Problem, ProblemsError
from dockyard.trust.names import has_wildcard
from dockyard.trust.refusals import Audience, MutableSubject, TooMuch, Unseen
from dockyard.trust.trust import Access, Service, Spelling, Trust

ACTION = "sts:AssumeRoleWithWebIdentity"
LONGEST_POLICY = 4096
_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/(.+)")
_SAMPLE = "arn:aws-us-gov:iam::123456789012:oidc-provider/"


def default_audience(provider_arn: str) -> str:
    """What the token must be made for, as the official action asks: `sts.amazonaws.com`, with `.cn` behind it in China."""
    return "sts.amazonaws.com.cn" if provider_arn.startswith("arn:aws-cn:") else "sts.amazonaws.com"


def refusals(trust: Trust) -> Iterator[Problem]:
    """What AWS cannot check of it, and what does not fit."""
    if trust.environments:
        message = "cannot be checked: AWS reads no environment of a GitLab token"
        yield Unseen(f"{trust.path}/environments", message, "use protected branches or tags")
    if trust.service is Service.GITLAB and not trust.acknowledged:
        message = "AWS reads no project_id of a GitLab token, so that whoever takes the path over may push"
        yield MutableSubject(trust.path, message, "acknowledge_mutable_subject: true accepts that")
    for access in trust.accesses:
        policy = _policy(trust, _SAMPLE + trust.issuer_host, default_audience(""), access)
        length = len(json.dumps(policy, separators=(",", ":")))
        if length > LONGEST_POLICY:
            message = f"makes a trust policy of {length} characters, the limit is {LONGEST_POLICY}"
            yield TooMuch(trust.path, message, "split it into several, or trust one environment")


def assume_role_policy(
    trust: Trust, provider_arn: str, audience: str = "", access: Access = Access.PUSH
) -> dict[str, Any]:
    """The trust policy of the role for that access, one statement for each spelling of the subjects.

    provider_arn: the IAM OIDC provider of the trust's issuer. audience: "" takes `default_audience`. Raises ProblemsError for what
    `refusals` names, for another issuer's provider and for an audience that is none.
    """
    audience = audience or default_audience(provider_arn)
    problems = list(refusals(trust))
    provider = _PROVIDER.fullmatch(provider_arn)
    if not provider or provider[1] != trust.issuer_host:
        message = f"is not trusted through {provider_arn!r}"
        problems.append(Problem(trust.path, message, f"the OIDC provider of {trust.issuer_host}"))
    if has_wildcard(audience) or "${" in audience:
        problems.append(Audience(trust.path, f"must have an exact audience, got {audience!r}"))
    if access not in trust.accesses:
        problems.append(Problem(trust.path, f"lets nobody {access}"))
    if problems:
        raise ProblemsError(f"trust {trust.name!r}", problems)
    return _policy(trust, provider_arn, audience, access)


def _policy(trust: Trust, provider_arn: str, audience: str, access: Access) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Immutable" if spelling.immutable else "ByName",
                "Effect": "Allow",
                "Principal": {"Federated": provider_arn},
                "Action": ACTION,
                "Condition": {"StringEquals": _conditions(trust, spelling, audience, access)},
            }
            for spelling in trust.spellings
            if spelling.subjects(access)
        ],
    }


def _conditions(trust: Trust, spelling: Spelling, audience: str, access: Access) -> dict[str, Any]:
    subjects = spelling.subjects(access)
    seen = trust.claims if trust.service is Service.GITHUB else ()
    wanted = {"aud": audience, "sub": list(subjects) if len(subjects) > 1 else subjects[0], **dict(seen)}
    return {f"{trust.issuer_host}:{claim}": value for claim, value in wanted.items()}
