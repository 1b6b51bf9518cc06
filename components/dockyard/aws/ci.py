"""CI that signs in without a key: the account's OIDC providers, and a role for each trust and access."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence

import pulumi
import pulumi_aws as aws

from dockyard.aws.policies import role_policy
from dockyard.aws.settings import Settings
from dockyard.errors import Problem, ProblemsError
from dockyard.run_error import ArgsError
from dockyard.trust.aws import assume_role_policy, default_audience
from dockyard.trust.trust import Access, Trust

_OUTPUTS = {Access.PUSH: "role_arn", Access.PULL: "pull_role_arn"}


def make_ci(
    name: str,
    settings: Settings,
    repositories: Mapping[str, aws.ecr.Repository],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[dict[str, dict[str, str]]]:
    """What each trust's workflow needs, by the trust's name: the ARN of the role to assume."""
    if not settings.trusts:
        return pulumi.Output.from_input({})
    providers = _providers(name, settings, opts)
    needed: dict[str, pulumi.Output[dict[str, str]]] = {}
    for trust in settings.trusts:
        roles = {}
        for access in trust.accesses:
            role = _role(name, settings, trust, access, providers[trust.issuer_host], opts)
            push = access is Access.PUSH
            arns = [repositories[key].arn for key in trust.repositories]
            grant(f"{name}-ci-{trust.name}-{access}", role.name, arns, push=push, opts=opts)
            roles[_OUTPUTS[access]] = role.arn
        needed[trust.name] = pulumi.Output.all(**roles)
    return pulumi.Output.all(**needed)


def grant(
    name: str,
    role: pulumi.Input[str],
    repository_arns: list[pulumi.Output[str]],
    *,
    push: bool,
    opts: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy:
    """Lets a role pull from these repositories, or push to them too."""
    policy = pulumi.Output.all(*repository_arns).apply(lambda arns: json.dumps(role_policy(arns, push=push)))
    return aws.iam.RolePolicy(name, role=role, policy=policy, opts=opts)


def known_keys(there: Collection[str], asked: Sequence[str] | None, subject: str) -> list[str]:
    """The keys that a grant is for; None: all. Raises ArgsError, naming each that there is not."""
    keys = list(there) if asked is None else list(asked)
    unknown = [key for key in keys if key not in there]
    if unknown:
        hint = f"keys: {', '.join(sorted(there))}"
        problems = [Problem("repositories", f"has no {key!r}", hint) for key in unknown]
        raise ArgsError(ProblemsError(subject, problems))
    return keys


def _providers(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> dict[str, pulumi.Output[str]]:
    """ARN by issuer. GitHub's needs no thumbprint: AWS knows its authority ("Create an OpenID Connect identity provider in IAM")."""
    found: dict[str, pulumi.Output[str]] = {}
    for host in sorted({trust.issuer_host for trust in settings.trusts}):
        if host in settings.oidc_providers:
            found[host] = pulumi.Output.from_input(settings.oidc_providers[host])
            continue
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-{host.replace('/', '-')}",
            url=f"https://{host}",
            client_id_lists=[default_audience("")],
            tags=dict(settings.tags),
            opts=opts,
        )
        found[host] = provider.arn
    return found


def _role(
    name: str,
    settings: Settings,
    trust: Trust,
    access: Access,
    provider_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> aws.iam.Role:
    return aws.iam.Role(
        f"{name}-ci-{trust.name}-{access}",
        description=f"{access}es container images from CI, as {trust.name} of {name}",
        assume_role_policy=provider_arn.apply(_trust_policy(trust, access)),
        max_session_duration=3600,
        permissions_boundary=settings.permissions_boundary or None,
        tags=dict(settings.tags),
        opts=opts,
    )


def _trust_policy(trust: Trust, access: Access) -> Callable[[str], str]:
    return lambda arn: json.dumps(assume_role_policy(trust, arn, access=access))
