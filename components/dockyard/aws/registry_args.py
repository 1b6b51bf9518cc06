"""The inputs of `EcrRegistrySettings`. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

import pulumi

from dockyard.args import RetentionArgs


class EcrScanningArgs(TypedDict, total=False):
    """How the registry scans images, by patterns of repository names in which `*` stands for any text."""

    type: str
    """`basic`, or `enhanced`: Amazon Inspector, which also scans packages of languages and bills by image. Default: basic."""
    scan_on_push: list[str]
    """Repositories whose images are scanned when they are pushed. Default: all (`*`) where no other pattern is given, else none."""
    continuous_scan: list[str]
    """Repositories whose images are scanned again whenever a vulnerability becomes known; `enhanced` only. Default: none."""
    manual: list[str]
    """Repositories that are scanned on request only; `basic` only. Default: those that no pattern names."""


class EcrReplicaArgs(TypedDict, total=False):
    """What a repository has that replication makes. ECR itself carries images only: neither policy nor retention."""

    retention: RetentionArgs
    """What may expire. Default: images without a tag after 14 days, nothing else."""
    immutable_tags: bool
    """Whether a tag that exists cannot be moved to another image. Default: true."""
    mutable_tags: list[str]
    """Patterns of tags that may be moved although tags are immutable, up to 5 with up to 2 `*` each. Default: none."""
    pull: list[pulumi.Input[str]]
    """Who may pull: ARNs of roles and users, or numbers of accounts. Default: whom IAM policies of the account let in."""
    push: list[pulumi.Input[str]]
    """Who may push, and pull; as in `pull`. Default: whom IAM policies of the account let in."""
    organizations: list[str]
    """Ids of AWS organizations (`o-…`) all of whose accounts may pull. Default: none."""
    lambda_pull: bool
    """Whether Lambda functions of the account may be made of the images. Default: false."""
    kms_key_arns: dict[str, pulumi.Input[str]]
    """The ARN of the KMS key that encrypts the replicas, by region; aliases are refused. Default: AES-256 by Amazon's key."""
    tags: dict[str, str]
    """Tags on each repository, up to 50. Default: none."""
    role_arn: pulumi.Input[str]
    """The ARN of the role that ECR takes to tag or encrypt them. Default: one is made where there are tags or a key."""


class EcrDestinationArgs(TypedDict):
    """Where images are replicated to."""

    region: str
    """The region: `eu-west-1`."""
    registry_id: NotRequired[str]
    """The number of another account; its own settings must name this one in `replicate_from`. Default: this account."""


class EcrReplicationRuleArgs(TypedDict):
    """Which repositories are replicated, and where to. What was pushed before the rule is not."""

    destinations: list[EcrDestinationArgs]
    """Regions of this account, and registries of other accounts."""
    prefixes: NotRequired[list[str]]
    """What the names of the repositories begin with; end a namespace with `/`: `prod/`. Default: all repositories."""
    replica: NotRequired[EcrReplicaArgs]
    """What the replicas in this account have. Default: immutable tags, and images without a tag expire after 14 days."""


class EcrCacheArgs(TypedDict):
    """A pull-through cache: images of another registry, under a prefix of this one."""

    upstream: str
    """`ecr`, `ecr-public`, `quay`, `k8s`, `docker-hub`, `ghcr`, `acr`, `gitlab` or `chainguard`."""
    url: NotRequired[str]
    """The host, for `ecr` (`ACCOUNT.dkr.ecr.REGION.amazonaws.com`) and `acr` (`NAME.azurecr.io`) alone. Default: the upstream's."""
    upstream_prefix: NotRequired[str]
    """For `ecr` alone: the part of the upstream that is cached. Default: all of it."""
    role_arn: NotRequired[pulumi.Input[str]]
    """For `ecr` alone: the role that may read the registry of another account. Default: none, as within one account."""
    credential_arn: NotRequired[pulumi.Input[str]]
    """The ARN of a secret in Secrets Manager whose name begins with `ecr-pullthroughcache/`. Default: `username` and `access_token`."""
    username: NotRequired[pulumi.Input[str]]
    """The user name at the upstream; a secret of it and `access_token` is made in Secrets Manager. Default: `credential_arn`."""
    access_token: NotRequired[pulumi.Input[str]]
    """The access token at the upstream; kept as a secret. Default: `credential_arn`."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may cause the first pull of an image, which imports it and makes its repository: roles, users or accounts.
    Default: whom IAM policies let do both."""


class EcrTemplateArgs(TypedDict):
    """What a repository has that ECR makes by itself. Repositories that exist are not changed."""

    applied_for: list[str]
    """Whose repositories: `create-on-push`, `pull-through-cache`, `replication`; one or more."""
    description: NotRequired[str]
    """Up to 256 characters. Default: none."""
    retention: NotRequired[RetentionArgs]
    """What may expire. Default: images without a tag after 14 days, nothing else."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists cannot be moved. Default: true, and false for caches, whose tags follow the upstream."""
    mutable_tags: NotRequired[list[str]]
    """Patterns of tags that may be moved although tags are immutable, up to 5 with up to 2 `*` each. Default: none."""
    pull: NotRequired[list[pulumi.Input[str]]]
    """Who may pull: ARNs of roles and users, or numbers of accounts. Default: whom IAM policies of the account let in."""
    push: NotRequired[list[pulumi.Input[str]]]
    """Who may push, and pull; as in `pull`. Default: whom IAM policies of the account let in."""
    organizations: NotRequired[list[str]]
    """Ids of AWS organizations (`o-…`) all of whose accounts may pull. Default: none."""
    lambda_pull: NotRequired[bool]
    """Whether Lambda functions of the account may be made of the images. Default: false."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The ARN of the KMS key that encrypts the images; an alias is refused. Default: AES-256 by Amazon's key."""
    tags: NotRequired[dict[str, str]]
    """Tags on each repository, up to 50. Default: none."""
    role_arn: NotRequired[pulumi.Input[str]]
    """The ARN of the role that ECR takes to tag or encrypt them. Default: one is made where there are tags or a key."""


class EcrAuditArgs(TypedDict):
    """Events of the registry, sent to one target by EventBridge, which delivers them as best it can."""

    target_arn: pulumi.Input[str]
    """An SNS topic, an SQS queue or a log group whose name begins with `/aws/events/`, in this region. Its own resource policy must let
    `events.amazonaws.com` in: the output `audit_policy` holds the statements that it needs."""
    image_actions: NotRequired[bool]
    """Whether pushes and deletions of images, replications and imports of caches are sent. Default: true."""
    api_calls: NotRequired[bool]
    """Whether calls that change something are sent, beside uploads of layers; a CloudTrail trail must log them. Default: true."""
    scan_findings: NotRequired[list[str]]
    """Severities of findings that are sent: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFORMATIONAL`, `UNDEFINED` (`UNTRIAGED` of Inspector);
    an empty list sends none. Default: CRITICAL and HIGH."""


class EcrRegistrySettingsArgs(TypedDict, total=False):
    """What an account has once in each region of Amazon ECR. Whatever is left out stays as it is."""

    region: str
    """The region that is set up. Default: the provider's."""
    scanning: EcrScanningArgs
    """How images are scanned; deleting it leads back to basic scans. Default: left as it is."""
    replication: dict[str, EcrReplicationRuleArgs]
    """Rules of replication, by a name of your choice. Default: left as it is."""
    replicate_from: list[str]
    """Numbers of accounts that may replicate into this registry and make repositories in it. Default: none."""
    pull_through_cache: dict[str, EcrCacheArgs]
    """Caches of other registries, by the prefix of their repositories here, 2 to 30 characters, or `ROOT`. Default: none."""
    creation_templates: dict[str, EcrTemplateArgs]
    """What repositories have that ECR makes, by the prefix of their names, or `ROOT` for those without another one. Default: none."""
    blob_mounting: bool
    """Whether repositories of the registry share layers, so that pushes skip what another one has. Default: left as it is."""
    native_basic_scanning: bool
    """Whether basic scans use Amazon's scanner and not Clair, whose support has ended; true or left out. Default: left as it is."""
    registry_policy_v2: bool
    """Whether the registry's policy holds for every action of ECR; true or left out. Default: left as it is."""
    pull_time_exclusions: list[str]
    """ARNs of roles and users, such as scanners, whose pulls do not count for `not_pulled_days`. Default: none."""
    audit: EcrAuditArgs
    """Sends events of the registry to a topic, queue or log group. Default: none are sent."""
    permissions_boundary: str
    """The ARN of a policy that bounds the role that is made for templates. Default: none."""
    tags: dict[str, str]
    """Tags on roles, secrets and rules of EventBridge; ECR's own settings carry none. Default: none."""
