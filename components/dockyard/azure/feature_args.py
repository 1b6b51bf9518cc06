"""The inputs of what belongs to a registry in Azure. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

import pulumi


class AcrCleanupArgs(TypedDict, total=False):
    """The task that keeps `retention`."""

    schedule: str
    """When it runs, as a cron expression of five fields in UTC. Default: `0 3 * * *`, every night."""
    timeout_minutes: int
    """How long one run may take, 5 to 170. What it does not get done, the next run does. Default: 60."""
    keep_last_counts_tags: bool
    """Accepts that `keep_last` counts tags: ACR's purge knows no images, so one with three tags takes three places, and fewer images
    stay. Harmless where each image has one tag. Default: false, and `keep_last` is refused for images with tags."""


class AcrReplicaArgs(TypedDict, total=False):
    """A copy of the registry in another region; the region is its key."""

    endpoint: bool
    """Whether clients are led to it; false while it is to serve none. Default: true."""


class AcrPrivateEndpointArgs(TypedDict):
    """An address of the registry in a virtual network, and its names there."""

    subnet_id: pulumi.Input[str]
    """The subnet: `/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/N`."""
    dns_zone_id: NotRequired[pulumi.Input[str]]
    """The private DNS zone `privatelink.azurecr.io` (Azure Government `.us`, China `.cn`) that gets the names:
    `/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/privateDnsZones/ZONE`. Default: none, something else makes the
    names, a policy perhaps."""
    location: NotRequired[str]
    """The region of the virtual network. Default: the registry's."""
    resource_group_name: NotRequired[pulumi.Input[str]]
    """Where the endpoint stands. Default: the registry's resource group."""


class AcrEncryptionArgs(TypedDict):
    """A key of your own that encrypts the images. It can be chosen for a new registry only."""

    key_identifier: pulumi.Input[str]
    """The key in Key Vault: `https://VAULT.vault.azure.net/keys/NAME`. Without a version Azure takes each new one by itself."""
    identity_id: pulumi.Input[str]
    """The user-assigned identity that may get, wrap and unwrap with it:
    `/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/N`."""
    identity_client_id: pulumi.Input[str]
    """The same identity's client id."""


class AcrCredentialsArgs(TypedDict):
    """A login at a registry that is cached. The words stand in Key Vault and pass through no program."""

    login_server: str
    """The registry: `docker.io`, `ghcr.io`, `quay.io`."""
    username_secret: pulumi.Input[str]
    """The secret that holds the user name: `https://VAULT.vault.azure.net/secrets/NAME`. Without a version the newest counts."""
    password_secret: pulumi.Input[str]
    """The secret that holds the password or token, in the same vault."""
    vault_id: NotRequired[pulumi.Input[str]]
    """The vault, whose secrets the login's own identity may then read (role Key Vault Secrets User):
    `/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/N`. Default: none, you let it read them."""


class AcrCacheArgs(TypedDict):
    """A repository, or a tree of them, that is fetched from another registry on its first pull."""

    source: str
    """What is cached: `mcr.microsoft.com/dotnet/runtime`, or `docker.io/library/*` for all below it."""
    target: str
    """Where it stands here: `dotnet/runtime`, or `hub/*`. It ends in `*` where `source` does."""
    credentials: NotRequired[str]
    """A key of `cache_credentials`; Docker Hub is cached with a login only. Default: pulls without a login."""


class AcrScopeMapArgs(TypedDict):
    """What tokens may do."""

    repositories: dict[str, list[str]]
    """Repository, or `team/*` for all below it, or `*` for all, to what may be done there: `read`, `write` (which includes `read`),
    `delete`, `metadata_read`, `metadata_write`."""
    description: NotRequired[str]
    """What it is for. Default: none."""


class AcrTokenArgs(TypedDict):
    """A user with a name and a password, for what cannot sign in to Entra."""

    scope_map: str
    """A key of `scope_maps`."""
    expires: NotRequired[str]
    """When its password ends, in RFC 3339: `2027-06-30T00:00:00Z`. Another time makes another password. Default: it has no password."""
    enabled: NotRequired[bool]
    """Whether it can sign in. Default: true."""


class AcrDiagnosticsArgs(TypedDict, total=False):
    """Where the registry's logs go: at least one place."""

    workspace_id: pulumi.Input[str]
    """The Log Analytics workspace: `/subscriptions/S/resourceGroups/G/providers/Microsoft.OperationalInsights/workspaces/N`.
    Default: none."""
    storage_account_id: pulumi.Input[str]
    """The storage account, for archiving: `/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/N`.
    Default: none."""
    repository_events: bool
    """Whether pushes, pulls and deletions are logged. Default: true."""
    login_events: bool
    """Whether sign-ins are logged, failed ones too. Default: true."""
    metrics: bool
    """Whether metrics go there too. Default: true."""


class AcrWebhookArgs(TypedDict):
    """A call that tells of pushes or deletions."""

    service_uri: pulumi.Input[str]
    """The address that is called, `https://HOST/PATH`; secret. The registry reaches it over the internet."""
    actions: NotRequired[list[str]]
    """What is told: `push`, `delete`. Default: push."""
    scope: NotRequired[str]
    """The tags it is for: `api:*` for all of a repository, `api:v1` for one. Default: everything in the registry."""
    headers: NotRequired[dict[str, pulumi.Input[str]]]
    """Headers of the call, by name; secret. Default: none."""
    enabled: NotRequired[bool]
    """Whether it calls. Default: true."""
    location: NotRequired[str]
    """The region whose events it tells, of the registry or of a replica. Default: the registry's."""
