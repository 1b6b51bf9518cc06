"""The inputs of `GarRegistry`. No `from __future__ import annotations` here: Pulumi reads these annotations.

They stand here in full and are not inherited from `RegistryArgs`: a field that is inherited loses its description in the schema
that Pulumi serves to other languages. A test holds the two together.
"""

from typing import NotRequired, TypedDict

import pulumi

from dockyard.args import CiTrustArgs, DeletionPolicy, RepositoryArgs, RetentionArgs


class GarRemoteArgs(TypedDict, total=False):
    """What a remote repository caches: `uri` or `docker_hub`, one of them."""

    uri: pulumi.Input[str]
    """The registry that it caches: `https://` and a host, or another repository of Artifact Registry as
    `projects/PROJECT/locations/LOCATION/repositories/REPOSITORY`. Default: none, so `docker_hub` must be given."""
    docker_hub: bool
    """Whether it caches Docker Hub. Default: false."""
    username: pulumi.Input[str]
    """The user name at the registry that it caches, together with `password_secret_version`. Default: pulls without a login."""
    password_secret_version: pulumi.Input[str]
    """The version of a secret in Secret Manager that holds the password: `projects/PROJECT/secrets/NAME/versions/VERSION`.
    The Artifact Registry service agent must be allowed to read it. Default: pulls without a login."""


class GarUpstreamArgs(TypedDict):
    """One repository behind a virtual one."""

    repository: pulumi.Input[str]
    """`projects/PROJECT/locations/LOCATION/repositories/REPOSITORY`; the `id` of a `gcp.artifactregistry.Repository`."""
    priority: int
    """Where two have an image of the same name, the one with the higher priority, 1 or more, answers."""


class GarDownloadRuleArgs(TypedDict):
    """Denies downloads. Google calls download rules a preview."""

    condition: str
    """CEL: a download for which it is true is denied. For example `pkg.version.id < '2.0'`."""
    repository: NotRequired[str]
    """The key of the repository that it is for. Default: all of them."""


class GarRegistryArgs(TypedDict):
    """A Docker repository in Google Artifact Registry, and what belongs to it.

    Artifact Registry knows immutable tags, cleanup and access by repository, not by path in it. So by default one repository holds all
    keys of `repositories` as paths, and settings of a single key that differ are refused; with `repository_per_key` each key is a
    repository of its own and takes them all. The choice is yours and not made from the settings, because another repository is another
    address: a grant given to one key must not move its images.
    """

    location: str
    """The region (`europe-west1`) or the multi-region (`europe`, `us`, `asia`) that holds the images."""
    repositories: dict[str, RepositoryArgs]
    """Repositories by name: lower-case letters and digits, joined by `.`, `_`, `-` and `/`. They are paths in one repository of Artifact
    Registry, which appear with their first push; with `repository_per_key` each is a repository of its own."""
    repository_per_key: NotRequired[bool]
    """Whether each key of `repositories` is a repository of Artifact Registry of its own, named `REPOSITORY_ID-KEY`. Changing it later
    changes the addresses of the images and moves none. Default: false."""
    retention: NotRequired[RetentionArgs]
    """What may expire in every repository; nothing goes while `cleanup_dry_run` is on. Immutable tags keep tagged images, so rules that
    would expire them need `immutable_tags` to be false. Default: images without a tag after 14 days, nothing else."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists can be neither moved nor deleted. Default: true, in remote and virtual repositories none."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may pull every repository, as IAM members: `user:`, `group:`, `serviceAccount:`, `domain:`, `principal://`, `principalSet://`,
    or `allUsers`. Must be known before the deployment: `grant_pull` takes the others. Default: nobody beside those that a repository
    names."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push to every repository, and pull; as in `pull`. Default: nobody beside those that a repository names."""
    ci_trust: NotRequired[dict[str, CiTrustArgs]]
    """CI that may push without a stored key, by a name of your choice. Default: none."""
    deletion: NotRequired[DeletionPolicy]
    """What becomes of the images when the registry leaves the program; `empty` is refused, because Artifact Registry deletes a repository
    with everything in it. Default: retain."""
    tags: NotRequired[dict[str, str]]
    """Labels on every repository: keys of up to 63 lower-case letters, digits, `-` and `_`, a letter first; values alike, and they may be
    empty. Default: none."""
    project: NotRequired[pulumi.Input[str]]
    """The project's id. Default: the provider's project."""
    repository_id: NotRequired[str]
    """The repository's name: up to 63 lower-case letters, digits and `-`, a letter first. Default: the component's name."""
    kms_key_name: NotRequired[pulumi.Input[str]]
    """The key that encrypts the images: `projects/P/locations/L/keyRings/R/cryptoKeys/K`. Changing it replaces the repository. Default:
    encrypted with Google's keys."""
    vulnerability_scanning: NotRequired[bool]
    """Whether images are scanned where the project has the Container Scanning API on; false never scans. Default: true."""
    cleanup_dry_run: NotRequired[bool]
    """Whether `retention` only writes into the audit log what it would delete. See what would go, then set it to false. Default: true."""
    remote: NotRequired[GarRemoteArgs]
    """Makes it a pull-through cache of another registry; nobody can push to it. Default: none, it holds what is pushed."""
    virtual: NotRequired[dict[str, GarUpstreamArgs]]
    """Makes it one address for several repositories, by a name of your choice; nobody can push to it. Default: none, it holds what is
    pushed."""
    download_rules: NotRequired[dict[str, GarDownloadRuleArgs]]
    """Downloads that are denied, by a name of your choice; one for all repositories and one for each. Default: none."""
    vpcsc_policy: NotRequired[str]
    """`deny` or `allow`: whether remote repositories inside a VPC service perimeter may reach their upstreams. One setting for all
    repositories of the project in this location, so only one registry may hold it. Default: left as it is."""
    platform_logs: NotRequired[str]
    """Logs what happens to images, from this severity on: `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or
    `emergency`. One setting for all repositories of the project in this location, so only one registry may hold it. Default: left as it
    is."""
    enable_apis: NotRequired[bool]
    """Whether to turn on the project's APIs that it needs: Artifact Registry; Container Scanning, which bills by image, with
    `vulnerability_scanning`; IAM, STS and IAM Credentials with `ci_trust`. They stay on afterwards. Default: false, they are on
    already."""
    pool_id: NotRequired[str]
    """The workload identity pool's id: 4 to 32 lower-case letters, digits and `-`, not beginning with `gcp-`. A deleted pool keeps its id
    for 30 days. Default: the repository's name and `-ci`."""
