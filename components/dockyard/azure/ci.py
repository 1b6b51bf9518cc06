"""CI that signs in without a key: a managed identity for each trust and access, and its federated credentials.

Source: "Configure a user-assigned managed identity to trust an external identity provider".
"""

from collections.abc import Mapping

import pulumi
import pulumi_azure_native as azure

from dockyard.azure.assignments import role_of
from dockyard.azure.grants import grant
from dockyard.azure.settings import Settings
from dockyard.trust.azure import federated_credentials
from dockyard.trust.trust import Access, Trust

_OUTPUTS = {Access.PUSH: "client_id", Access.PULL: "pull_client_id"}


def make_ci(
    name: str,
    settings: Settings,
    registry_id: pulumi.Output[str],
    account: Mapping[str, pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> tuple[pulumi.Output[dict[str, dict[str, str]]], list[pulumi.Resource]]:
    """What each trust's workflow needs, by the trust's name, and the role assignments. account: what is the same for all of them."""
    made: list[pulumi.Resource] = []
    needed: dict[str, pulumi.Output[dict[str, str]]] = {}
    for trust in settings.trusts:
        clients = {}
        for access in trust.accesses:
            identity = _identity(name, settings, trust, access, opts)
            role = grant(
                f"{name}-ci-{trust.name}-{access}",
                registry_id,
                role_of(access.value, settings.legacy),
                None if settings.legacy else trust.repositories,
                identity.principal_id,
                opts,
            )
            made.append(role)
            clients[_OUTPUTS[access]] = identity.client_id
        needed[trust.name] = pulumi.Output.all(**clients, **account)
    return (pulumi.Output.all(**needed) if needed else pulumi.Output.from_input({})), made


def _identity(
    name: str, settings: Settings, trust: Trust, access: Access, opts: pulumi.ResourceOptions
) -> azure.managedidentity.UserAssignedIdentity:
    """The identity. Its credentials are made one after another: Azure refuses to write two at once."""
    child = f"{name}-ci-{trust.name}-{access}"
    identity = azure.managedidentity.UserAssignedIdentity(
        child,
        resource_name_=f"{settings.registry_name}-ci-{trust.name}-{access}",
        resource_group_name=settings.resource_group_name,
        location=settings.location,
        tags=dict(settings.tags),
        opts=opts,
    )
    before: list[pulumi.Resource] = []
    for credential in federated_credentials(trust, access):
        made = azure.managedidentity.FederatedIdentityCredential(
            f"{name}-ci-{credential['name']}",
            federated_identity_credential_resource_name=credential["name"],
            resource_name_=identity.name,
            resource_group_name=settings.resource_group_name,
            issuer=credential["issuer"],
            subject=credential["subject"],
            audiences=credential["audiences"],
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=before)),
        )
        before = [made]
    return identity
