"""Manifests for the External Secrets Operator: settings and plain data.

Sources: the operator's pages "AWS Elastic Container Registry", "Google Container Registry", "Azure Container Registry" and
"ExternalSecret", and its custom resource definitions.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from dockyard.kubernetes.kinds import (
    read_audience,
    read_entra_id,
    read_kind,
    read_region,
    read_role,
    read_role_arn,
    refuse_foreign,
)
from dockyard.kubernetes.names import read_host, read_later, read_name
from dockyard.kubernetes.secret import KEY, SECRET_TYPE, metadata
from dockyard.kubernetes.target import Target, read_target
from dockyard.reader import Reader

_GENERATORS = "generators.external-secrets.io/v1alpha1"
_KINDS = {"ecr": "ECRAuthorizationToken", "acr": "ACRAccessToken", "gar": "GCRAccessToken"}
_INTERVALS = {"ecr": ("4h", 360), "acr": ("1h", 90), "gar": ("15m", 30)}
_INTERVAL = re.compile(r"(?=.)(?:(?P<hours>[0-9]{1,3})h)?(?:(?P<minutes>[0-9]{1,4})m)?")
_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"


@dataclass(frozen=True)
class ExternalSecrets:
    """What each setting means, `dockyard.kubernetes.args` says. `Any`: perhaps known during the deployment only."""

    kind: str
    host: Any
    target: Target
    interval: str
    identity: str = ""
    region: Any = None
    role_arn: Any = None
    tenant_id: Any = None
    project: Any = None
    cluster_name: Any = None
    cluster_location: Any = None
    audience: Any = None
    role: str = ""


def read_external_secrets(reader: Reader, labels: dict[str, str]) -> ExternalSecrets:
    """Collects what is wrong with it in the reader."""
    kind = read_kind(reader)
    google = ("project", "cluster_name", "cluster_location", "audience")
    refuse_foreign(reader, kind, ecr=("region", "role_arn"), acr=("tenant_id",), gar=google)
    host = read_host(reader)
    found = ExternalSecrets(
        kind,
        host,
        read_target(reader, labels),
        _interval(reader, kind),
        _identity(reader, kind),
        read_region(reader, host) if kind == "ecr" else None,
        read_role_arn(reader),
        read_entra_id(reader, "tenant_id") if kind == "acr" else None,
        read_later(reader, "project", _PROJECT, "my-project-123") if kind == "gar" else None,
        _given(reader, "cluster_name"),
        _given(reader, "cluster_location"),
        read_audience(reader),
        read_role(reader, kind),
    )
    if kind == "gar":
        _check_google(reader, found)
    reader.finish()
    return found


def _check_google(reader: Reader, settings: ExternalSecrets) -> None:
    cluster = [value for value in (settings.cluster_name, settings.cluster_location) if value is not None]
    if len(cluster) + (settings.audience is not None) * 2 != 2:
        hint = "cluster_name and cluster_location on GKE, audience elsewhere"
        reader.problem("audience", "either this or the cluster must be given, and not both", hint)


def _identity(reader: Reader, kind: str) -> str:
    if kind == "ecr" and reader.get("identity") is None:
        return ""
    return read_name(reader, "identity")


def _interval(reader: Reader, kind: str) -> str:
    default, longest = _INTERVALS.get(kind, _INTERVALS["ecr"])
    text = reader.text("refresh_interval", default)
    found = _INTERVAL.fullmatch(text)
    minutes = int(found["hours"] or 0) * 60 + int(found["minutes"] or 0) if found else 0
    if not 0 < minutes <= longest:
        hint = f"{default}, for example: a token must be renewed while the last one lives"
        reader.problem("refresh_interval", f"must be between 1m and {longest}m, got {text!r}", hint)
    return text


def _given(reader: Reader, key: str) -> Any:
    return read_later(reader, key) if reader.get(key) is not None else None


def generator(settings: ExternalSecrets, namespace: str) -> dict[str, Any]:
    """What gives the token: `username` and `password`."""
    specs = {"ecr": _ecr, "acr": _acr, "gar": _gar}
    return {
        "apiVersion": _GENERATORS,
        "kind": _KINDS[settings.kind],
        "metadata": metadata(settings.target.secret, namespace, settings.target.labels),
        "spec": specs[settings.kind](settings),
    }


def external_secret(settings: ExternalSecrets, namespace: str, template: Any) -> dict[str, Any]:
    """What keeps the Secret; `template` is `config_template` of the host, perhaps known during the deployment only."""
    source = {"apiVersion": _GENERATORS, "kind": _KINDS[settings.kind], "name": settings.target.secret}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata(settings.target.secret, namespace, settings.target.labels),
        "spec": {
            "refreshInterval": settings.interval,
            "target": {
                "name": settings.target.secret,
                "creationPolicy": "Owner",
                "template": {"type": SECRET_TYPE, "engineVersion": "v2", "data": {KEY: template}},
            },
            "dataFrom": [{"sourceRef": {"generatorRef": source}}],
        },
    }


def config_template(host: str) -> str:
    """`.dockerconfigjson` in the operator's language, which quotes the values itself."""
    auth = '{{ printf "%s:%s" .username .password | b64enc | toJson }}'
    login = (
        f'{{"username":{{{{ .username | toJson }}}},"password":{{{{ .password | toJson }}}},"auth":{auth}}}'
    )
    return f'{{"auths":{{{json.dumps(host)}:{login}}}}}'


def _account(settings: ExternalSecrets, **more: Any) -> dict[str, Any]:
    return {"serviceAccountRef": {"name": settings.identity, **more}}


def _ecr(settings: ExternalSecrets) -> dict[str, Any]:
    spec: dict[str, Any] = {"region": settings.region}
    if settings.role_arn is not None:
        spec["role"] = settings.role_arn
    if settings.identity:
        spec["auth"] = {"jwt": _account(settings)}
    return spec


def _acr(settings: ExternalSecrets) -> dict[str, Any]:
    return {
        "tenantId": settings.tenant_id,
        "registry": settings.host,
        "auth": {"workloadIdentity": _account(settings)},
    }


def _gar(settings: ExternalSecrets) -> dict[str, Any]:
    if settings.audience is not None:
        account = _account(settings, audiences=[settings.audience])
        auth = {"workloadIdentityFederation": {**account, "audience": settings.audience}}
    else:
        cluster = {"clusterName": settings.cluster_name, "clusterLocation": settings.cluster_location}
        auth = {"workloadIdentity": {**_account(settings), **cluster}}
    return {"projectID": settings.project, "auth": auth}
