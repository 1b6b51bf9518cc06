"""The inputs of `AcrRegistry`. No `from __future__ import annotations` here: Pulumi reads these annotations.

They stand here in full and are not inherited from `RegistryArgs`: a field that is inherited loses its description in the schema
that Pulumi serves to other languages. A test holds the two together.
"""

from typing import NotRequired, TypedDict

import pulumi

from dockyard.args import CiTrustArgs, DeletionPolicy, RepositoryArgs, RetentionArgs
from dockyard.azure.feature_args import (
    AcrCacheArgs,
    AcrCleanupArgs,
    AcrCredentialsArgs,
    AcrDiagnosticsArgs,
    AcrEncryptionArgs,
    AcrPrivateEndpointArgs,
    AcrReplicaArgs,
    AcrScopeMapArgs,
    AcrTokenArgs,
    AcrWebhookArgs,
)


class AcrRegistryArgs(TypedDict):
    """A registry in Azure Container Registry, and what belongs to it. Its resource group and networks are given, never made."""

    resource_group_name: pulumi.Input[str]
    """The resource group that it stands in; it must exist."""
    location: str
    """The region by its short name: `westeurope`."""
    repositories: dict[str, RepositoryArgs]
    """Repositories by name: lower-case letters and digits, joined by `.`, `_`, `-` and `/`. They are names within the registry and appear
    with their first push."""
    registry_name: NotRequired[str]
    """The registry's name, which is part of its address and must be free in all of Azure: 5 to 50 letters and digits. Default: the
    component's name, without what is no letter or digit."""
    sku: NotRequired[str]
    """The tier: `Basic`, `Standard` or `Premium`. What needs Premium says so. Default: Standard, the smallest that Microsoft names for
    production; none of the defaults here needs more."""
    role_assignments: NotRequired[str]
    """`abac`: roles may be held to repositories, and AcrPull, AcrPush, Owner and Contributor open no image. `legacy`: roles are for the
    whole registry, and `pull` and `push` of a single repository are refused. Default: abac."""
    retention: NotRequired[RetentionArgs]
    """What may expire in every repository; nothing goes while `cleanup_dry_run` is on. A task in the registry keeps it, `cleanup` says
    when. Default: images without a tag after 14 days, nothing else."""
    cleanup: NotRequired[AcrCleanupArgs]
    """When and how the task runs that keeps `retention`. Default: every night."""
    cleanup_dry_run: NotRequired[bool]
    """Whether the task only writes into its log what it would delete. See what would go, then set it to false. Default: true."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists cannot be moved to another image: ACR has no such setting, so true is refused. Default: false."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may pull every repository: object ids of Entra, with `user:`, `group:` or `servicePrincipal:` before them (managed identities are
    service principals, and so is an id alone). Must be known before the deployment: `grant_pull` takes the others. Default: nobody beside
    those that a repository names."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push to every repository, and pull; as in `pull`. Default: nobody beside those that a repository names."""
    ci_trust: NotRequired[dict[str, CiTrustArgs]]
    """CI that may push without a stored key, by a name of your choice. Default: none."""
    deletion: NotRequired[DeletionPolicy]
    """What becomes of the images when the registry leaves the program; `empty` is refused, because Azure deletes a registry with everything
    in it. Default: retain."""
    tags: NotRequired[dict[str, str]]
    """Tags on everything that can carry them, up to 50. Default: none."""
    anonymous_pull: NotRequired[bool]
    """Whether anybody may pull every repository without signing in; needs Standard. Default: false."""
    public_network_access: NotRequired[bool]
    """Whether it can be reached from the internet; false needs Premium. Default: true, CI outside of your networks reaches it."""
    ip_rules: NotRequired[list[str]]
    """Public IPv4 addresses and networks from which alone it can be reached, up to 200; needs Premium. Default: from everywhere."""
    trusted_services: NotRequired[bool]
    """Whether Azure's own services, such as Defender, get past the network's limits, once they have signed in. Default: true."""
    export: NotRequired[bool]
    """Whether images may be copied out of it by import and transfer; false needs Premium and `public_network_access: false`. Default: false
    where that is so, else true."""
    data_endpoints: NotRequired[bool]
    """Whether layers come from addresses of its own, `NAME.REGION.data.azurecr.io`, and not from Azure's storage, so that firewalls can
    tell them; needs Premium. Default: false."""
    untagged_policy_days: NotRequired[int]
    """Days after which Azure's retention policy deletes manifests without tags, 1 to 365; a preview that needs Premium and leaves out OCI
    images, which today's builders push. Default: none, `retention` is kept by a task that knows them all."""
    soft_delete_days: NotRequired[int]
    """Days that deleted images can be restored, 1 to 90; a preview. Default: none, they are gone."""
    arm_tokens: NotRequired[bool]
    """Whether tokens for Azure Resource Manager sign in too, beside those for container registries. The External Secrets Operator, Argo CD
    as it comes, msi-acrpull and AKS nodes from before the middle of 2025 need it. Default: false, as Microsoft recommends."""
    private_endpoints: NotRequired[dict[str, AcrPrivateEndpointArgs]]
    """Addresses of the registry in virtual networks, by a name of your choice; need Premium. Default: none."""
    replicas: NotRequired[dict[str, AcrReplicaArgs]]
    """Copies in other regions, by the region's short name; need Premium. Default: none."""
    encryption: NotRequired[AcrEncryptionArgs]
    """A key of your own that encrypts the images; needs Premium and cannot be given to a registry that exists. Default: encrypted with
    Microsoft's keys."""
    cache: NotRequired[dict[str, AcrCacheArgs]]
    """Repositories that are fetched from other registries on their first pull, by a name of your choice. Default: none."""
    cache_credentials: NotRequired[dict[str, AcrCredentialsArgs]]
    """Logins at registries that are cached, by a name of your choice. Default: none."""
    scope_maps: NotRequired[dict[str, AcrScopeMapArgs]]
    """What tokens may do, by a name of 5 to 50 letters, digits and `-`. Default: none."""
    tokens: NotRequired[dict[str, AcrTokenArgs]]
    """Users with a password, for what cannot sign in to Entra, by the user's name: 5 to 50 letters, digits and `-`. Default: none."""
    login: NotRequired[str]
    """Whose `username` and `password` it has as outputs: `deployer`, who fetches a token from the registry, and a deployment without one
    fails; or a key of `tokens` that has `expires`. Without `public_network_access` it must be said. Default: deployer, but where the
    registry gives them no token or is out of reach, a warning says so and the password is empty."""
    diagnostics: NotRequired[dict[str, AcrDiagnosticsArgs]]
    """Where logs of pushes, pulls and sign-ins go, by a name of your choice. Default: nowhere."""
    webhooks: NotRequired[dict[str, AcrWebhookArgs]]
    """Addresses that are told of pushes and deletions, by a name of 5 to 50 letters and digits. Default: none."""
    lock: NotRequired[bool]
    """Whether a lock keeps people from deleting the registry and taking roles on it away, until the program takes the lock off; grants of
    `grant_pull` and `grant_push` go only after it. Images can be deleted as ever. Default: false."""
