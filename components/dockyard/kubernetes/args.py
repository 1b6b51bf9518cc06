"""The inputs of `PullSecret` and `PullAccess`. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

import pulumi


class PullSecretArgs(TypedDict):
    """A login that lives long, as a pull secret in each of the namespaces."""

    host: pulumi.Input[str]
    """What `docker login` takes: a name and perhaps a port."""
    username: pulumi.Input[str]
    """The user name. Those of tokens that live for hours (`AWS`, `oauth2accesstoken`) are refused: `PullAccess` renews them."""
    password: pulumi.Input[str]
    """The password; it is kept as a secret."""
    namespaces: list[str]
    """The namespaces that get the Secret; they must exist."""
    name: NotRequired[str]
    """The name of the Secret. Default: registry-pull."""
    service_accounts: NotRequired[list[str]]
    """Service accounts of these namespaces, existing ones, whose pods shall use the Secret without naming it. Each account's list of
    pull secrets becomes this one alone: Kubernetes keeps that list as a whole, and where another program holds it the deployment says
    so and fails. Default: none, each pod names the Secret in `imagePullSecrets`."""
    labels: NotRequired[dict[str, str]]
    """Labels of the Secrets. Default: none."""


class NodeIdentityArgs(TypedDict):
    """The nodes pull with an identity of their own; every pod on them may use it. Nothing is made in Kubernetes."""

    registry: str
    """`ecr`, `acr` or `gar`."""
    role_assignment_mode: NotRequired[str]
    """ACR only: `rbac`, or `abac` where the registry grants by repository; it decides which role the nodes need. Default: rbac."""


class WorkloadIdentityArgs(TypedDict):
    """Each pod pulls with the identity of its service account, by a token that the kubelet gets for it (Kubernetes 1.34 or newer)."""

    registry: str
    """`ecr` (EKS 1.35 or newer, and clusters of your own), `acr` (AKS with identity bindings, and clusters of your own) or `gar` (GKE)."""
    namespaces: list[str]
    """The namespaces of the service accounts; they must exist."""
    service_accounts: list[str]
    """The service accounts whose pods may pull."""
    create: NotRequired[bool]
    """Whether to make these service accounts; false annotates those that exist. Default: false."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ECR only, required there: the IAM role that may pull. It must trust the cluster's issuer for these service accounts with the
    audience sts.amazonaws.com."""
    client_id: NotRequired[pulumi.Input[str]]
    """ACR only, required there: the client id of the managed identity that may pull."""
    tenant_id: NotRequired[pulumi.Input[str]]
    """ACR in clusters of your own only, required there: the identity's tenant."""
    own_cluster: NotRequired[bool]
    """Whether you run the cluster yourself and not AKS; it changes what ACR needs. Default: false."""
    role_assignment_mode: NotRequired[str]
    """ACR only: `rbac`, or `abac` where the registry grants by repository; it decides which role the identity needs. Default: rbac."""


class RefresherArgs(TypedDict):
    """A CronJob that writes a new token into the Secrets before the old one dies. For clusters without the other ways."""

    registry: str
    """`ecr`, `acr` or `gar`."""
    host: pulumi.Input[str]
    """What `docker login` takes."""
    image: str
    """The image that it runs, by digest: `NAME@sha256:…`. It needs `sh`, `curl`, `base64` and `sed`, and for ECR `aws`: the images
    `public.ecr.aws/aws-cli/aws-cli` and, for the others, `docker.io/curlimages/curl` have them."""
    namespaces: list[str]
    """The namespaces that get the Secret; they must exist."""
    namespace: NotRequired[str]
    """Where the CronJob runs. Default: the first of `namespaces` by name."""
    name: NotRequired[str]
    """The name of the Secrets. Default: registry-pull."""
    service_accounts: NotRequired[list[str]]
    """Service accounts of these namespaces whose pods shall use the Secret without naming it, as in `PullSecret`. Default: none."""
    schedule: NotRequired[str]
    """When it runs, as cron writes it, in UTC: every day, and often enough that one failed run leaves no gap. Default: every 4 hours for
    ECR, whose tokens live 12; every hour for ACR (3 hours); every 15 minutes for GAR (1 hour), and every 3 minutes where GAR has no
    `audience`: the metadata server gives tokens of which 4 minutes may be left."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ECR only: the IAM role that it takes on; it must trust the cluster's issuer for `system:serviceaccount:NAMESPACE:NAME-refresher`
    with the audience sts.amazonaws.com. Default: what EKS Pod Identity gives it."""
    region: NotRequired[pulumi.Input[str]]
    """ECR only: the registry's region. Default: that in `host`."""
    client_id: NotRequired[pulumi.Input[str]]
    """ACR only, required there: the client id of an identity with a federated credential for that service account and the audience
    api://AzureADTokenExchange."""
    tenant_id: NotRequired[pulumi.Input[str]]
    """ACR only, required there: the identity's tenant."""
    audience: NotRequired[pulumi.Input[str]]
    """GAR only: the provider of a workload identity pool that trusts the cluster's issuer,
    `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`. Default: none, it asks the
    metadata server, which GKE has."""
    role_assignment_mode: NotRequired[str]
    """ACR only: `rbac`, or `abac` where the registry grants by repository; it decides which role the identity needs. Default: rbac."""
    first_run: NotRequired[bool]
    """Whether the deployment runs it once and waits until the Secrets hold a token. Default: true."""


class ExternalSecretsArgs(TypedDict):
    """Manifests for the External Secrets Operator, which renews the Secrets. The operator must be installed."""

    registry: str
    """`ecr`, `acr` or `gar`."""
    host: pulumi.Input[str]
    """What `docker login` takes."""
    namespaces: list[str]
    """The namespaces that get the Secret; they must exist."""
    name: NotRequired[str]
    """The name of the Secrets. Default: registry-pull."""
    service_accounts: NotRequired[list[str]]
    """Service accounts of these namespaces whose pods shall use the Secret without naming it, as in `PullSecret`. Default: none."""
    refresh_interval: NotRequired[str]
    """How often a new token is taken: `4h`, `15m`. Default: 4h for ECR, 1h for ACR, 15m for GAR."""
    identity: NotRequired[str]
    """The service account, in each of the namespaces, whose identity signs in. ACR and GAR require it. Default: the operator's own
    identity."""
    region: NotRequired[pulumi.Input[str]]
    """ECR only: the registry's region. Default: that in `host`."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ECR only: a role to assume first. Default: none."""
    tenant_id: NotRequired[pulumi.Input[str]]
    """ACR only, required there: the identity's tenant."""
    project: NotRequired[pulumi.Input[str]]
    """GAR only, required there: the project of the registry."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """GAR on GKE, with `cluster_location`: the cluster's name. Default: none, so `audience` must be given."""
    cluster_location: NotRequired[pulumi.Input[str]]
    """GAR on GKE, with `cluster_name`: where the cluster is. Default: none, so `audience` must be given."""
    audience: NotRequired[pulumi.Input[str]]
    """GAR elsewhere: `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`. Default:
    none, so the cluster must be given."""
    role_assignment_mode: NotRequired[str]
    """ACR only: `rbac`, or `abac` where the registry grants by repository; it decides which role the identity needs. Default: rbac."""


class StaticPullArgs(TypedDict):
    """A password that lives long: a scope-map token of Azure, which must end some day, or a user of a registry of your own."""

    host: pulumi.Input[str]
    """What `docker login` takes."""
    username: pulumi.Input[str]
    """The user or the token's name."""
    password: pulumi.Input[str]
    """The password; it is kept as a secret."""
    namespaces: list[str]
    """The namespaces that get the Secret; they must exist."""
    expires: NotRequired[pulumi.Input[str]]
    """When the password ends, as RFC 3339: `2027-01-31T00:00:00Z`. Required for hosts of Azure: without one a token never ends. A time
    that has passed is refused. Default: it lives until it is changed."""
    name: NotRequired[str]
    """The name of the Secrets. Default: registry-pull."""
    service_accounts: NotRequired[list[str]]
    """Service accounts of these namespaces whose pods shall use the Secret without naming it, as in `PullSecret`. Default: none."""


class PullAccessArgs(TypedDict, total=False):
    """How pods get at private images: exactly one of the five ways. They stand from the best to the last resort."""

    node_identity: NodeIdentityArgs
    """The nodes' own identity. Default: another way."""
    workload_identity: WorkloadIdentityArgs
    """The identity of each pod's service account. Default: another way."""
    external_secrets: ExternalSecretsArgs
    """Secrets that the External Secrets Operator renews. Default: another way."""
    refresher: RefresherArgs
    """Secrets that a CronJob renews. Default: another way."""
    static: StaticPullArgs
    """Secrets with a password that lives long. Default: another way."""
    labels: dict[str, str]
    """Labels of everything that is made. Default: none."""
