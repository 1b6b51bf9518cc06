"""Pods that pull with the identity of their service account: settings and manifests, plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockyard.kubernetes.kinds import read_entra_id, read_kind, read_role, read_role_arn, refuse_foreign
from dockyard.kubernetes.kubelet import ACR_ANNOTATIONS, AUDIENCES, ECR_ANNOTATION
from dockyard.kubernetes.names import read_accounts, read_namespaces
from dockyard.kubernetes.secret import metadata
from dockyard.reader import Reader

_GKE_ANNOTATION = "iam.gke.io/enable-wi-image-pull"


@dataclass(frozen=True)
class WorkloadIdentity:
    """What each setting means, `dockyard.kubernetes.args` says. `Any`: perhaps known during the deployment only."""

    kind: str
    namespaces: tuple[str, ...]
    accounts: tuple[str, ...]
    role: str
    create: bool = False
    own_cluster: bool = False
    annotations: Mapping[str, Any] = field(default_factory=dict)
    client_id: Any = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_kubelet(self) -> bool:
        """Whether the nodes' kubelets must be set up: EKS, too, leaves that to whoever runs the nodes."""
        return self.kind == "ecr" or (self.kind == "acr" and self.own_cluster)


def read_workload_identity(reader: Reader, labels: Mapping[str, str]) -> WorkloadIdentity:
    """Collects what is wrong with it in the reader."""
    kind = read_kind(reader)
    own = reader.boolean("own_cluster", False)
    refuse_foreign(reader, kind, ecr=("role_arn",), acr=("client_id", "tenant_id"))
    if kind == "gar" and own:
        hint = "the provider asks the metadata server of Google's nodes; take external_secrets elsewhere"
        reader.problem("own_cluster", "cannot be kept with gar", hint)
    if kind == "acr" and not own and reader.get("tenant_id") is not None:
        hint = "leave it out: AKS knows the tenant of its identity bindings"
        reader.problem("tenant_id", "is for clusters of your own only", hint)
    annotations = _annotations(reader, kind, own)
    found = WorkloadIdentity(
        kind,
        read_namespaces(reader),
        read_accounts(reader, required=True),
        read_role(reader, kind),
        reader.boolean("create", False),
        own,
        annotations,
        annotations.get(ACR_ANNOTATIONS[0]),
        labels,
    )
    reader.finish()
    return found


def _annotations(reader: Reader, kind: str, own: bool) -> dict[str, Any]:
    """Sources: cloud-provider-aws's ecr-credential-provider, cloud-provider-azure's acr-credential-provider, cloud-provider-gcp's
    auth-provider-gcp, which read them."""
    if kind == "ecr":
        if reader.get("role_arn") is None:
            reader.problem("role_arn", "is required", "the IAM role that may pull")
        return {ECR_ANNOTATION: read_role_arn(reader)}
    if kind == "gar":
        return {_GKE_ANNOTATION: "true"}
    if kind != "acr":
        return {}
    client, tenant = ACR_ANNOTATIONS
    found = {client: read_entra_id(reader, "client_id")}
    if own:
        found[tenant] = read_entra_id(reader, "tenant_id")
    return found


def annotated_account(settings: WorkloadIdentity, account: str, namespace: str) -> dict[str, Any]:
    """The service account, or what is to be changed of it."""
    labels = settings.labels if settings.create else {}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(account, namespace, labels, **settings.annotations),
    }


def cluster_access(settings: WorkloadIdentity, name: str) -> dict[str, dict[str, Any]]:
    """What the cluster must allow, by a short name; `name` makes the names of these objects, which no namespace keeps apart.

    Nodes may ask for tokens with an audience that their pods do not mount only where a rule says so (Kubernetes 1.33 and newer; source:
    "Using Node Authorization"). AKS lets service accounts use an identity only where a rule says so (source: "Identity bindings on
    AKS").
    """
    if settings.kind == "acr" and not settings.own_cluster:
        rule = _rule("use-managed-identity", settings.client_id, group="cid.wi.aks.azure.com")
        subjects = [
            {"kind": "ServiceAccount", "name": account, "namespace": namespace}
            for namespace in settings.namespaces
            for account in settings.accounts
        ]
        return _grant(settings, f"{name}-identity", rule, subjects)
    if not settings.needs_kubelet:
        return {}
    rule = _rule("request-serviceaccounts-token-audience", AUDIENCES[settings.kind])
    if settings.kind == "acr":
        # Other accounts' tokens are never asked for. With ECR they are: its annotation is optional there.
        rule["resourceNames"] = list(settings.accounts)
    nodes = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}]
    return _grant(settings, f"{name}-audience", rule, nodes)


def subjects(namespaces: tuple[str, ...], accounts: tuple[str, ...]) -> list[str]:
    """The service accounts as `sub` of their tokens."""
    return [
        f"system:serviceaccount:{namespace}:{account}" for namespace in namespaces for account in accounts
    ]


def _rule(verb: str, resource: Any, group: str = "") -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb]}


def _grant(
    settings: WorkloadIdentity, name: str, rule: dict[str, Any], subjects: list[dict[str, str]]
) -> dict[str, dict[str, Any]]:
    api = "rbac.authorization.k8s.io"
    return {
        "role": {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRole",
            "metadata": metadata(name, labels=settings.labels),
            "rules": [rule],
        },
        "binding": {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": metadata(name, labels=settings.labels),
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": subjects,
        },
    }
