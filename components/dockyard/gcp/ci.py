"""CI that signs in without a key: a workload identity pool, a provider for each trust and access, and grants straight to what it lets in.

No service account stands between: the principal set of a trust is granted the role on the repositories themselves. Source: "Configure
Workload Identity Federation with deployment pipelines".
"""

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from dockyard.gcp.children import grant
from dockyard.gcp.perms import PULL, PUSH
from dockyard.gcp.settings import Settings
from dockyard.trust.gcp import attribute_condition, attribute_mapping, principal_set, provider_id
from dockyard.trust.trust import Access, Trust

_ROLES = {Access.PUSH: PUSH, Access.PULL: PULL}
_OUTPUTS = {Access.PUSH: "workload_identity_provider", Access.PULL: "pull_workload_identity_provider"}


def make_ci(
    name: str,
    settings: Settings,
    repositories: Mapping[str, gcp.artifactregistry.Repository],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[dict[str, dict[str, str]]]:
    """What each trust's workflow needs, by the trust's name."""
    if not settings.trusts:
        return pulumi.Output.from_input({})
    pool = gcp.iam.WorkloadIdentityPool(
        f"{name}-pool", workload_identity_pool_id=settings.pool_id, project=settings.project, opts=opts
    )
    needed: dict[str, pulumi.Output[dict[str, str]]] = {}
    for trust in settings.trusts:
        providers = {}
        for access in trust.accesses:
            provider = _provider(name, settings, pool, trust, access, opts)
            _grants(name, settings, repositories, pool, trust, access, opts)
            providers[_OUTPUTS[access]] = provider.name
        needed[trust.name] = pulumi.Output.all(**providers)
    return pulumi.Output.all(**needed)


def _provider(
    name: str,
    settings: Settings,
    pool: gcp.iam.WorkloadIdentityPool,
    trust: Trust,
    access: Access,
    opts: pulumi.ResourceOptions,
) -> gcp.iam.WorkloadIdentityPoolProvider:
    """The audience is left to Google: a token must name this very provider."""
    return gcp.iam.WorkloadIdentityPoolProvider(
        f"{name}-{provider_id(trust, access)}",
        workload_identity_pool_id=pool.workload_identity_pool_id,
        workload_identity_pool_provider_id=provider_id(trust, access),
        project=settings.project,
        attribute_mapping=attribute_mapping(trust, access),
        attribute_condition=attribute_condition(trust, access),
        oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=trust.issuer),
        opts=opts,
    )


def _grants(
    name: str,
    settings: Settings,
    repositories: Mapping[str, gcp.artifactregistry.Repository],
    pool: gcp.iam.WorkloadIdentityPool,
    trust: Trust,
    access: Access,
    opts: pulumi.ResourceOptions,
) -> None:
    member = pool.name.apply(lambda pool_name: principal_set(pool_name, trust, access))
    for plan in settings.repositories:
        if set(plan.keys) & set(trust.repositories):
            prefix = f"{name}-{plan.key}" if plan.key else name
            child = f"{prefix}-ci-{provider_id(trust, access)}"
            grant(child, repositories[plan.key], _ROLES[access], member, opts)
