"""The CronJob that renews pull secrets, and what it may do: manifests, plain data."""

from typing import Any

from dockyard.kubernetes.refresher import Refresher
from dockyard.kubernetes.secret import metadata
from dockyard.rendering import render_template

_RBAC = "rbac.authorization.k8s.io"
_USER = 65532
# The nodes do not have the image yet.
_FIRST_DEADLINE = 600
_SCRIPT, _CREDENTIALS, _WORK = "/opt/dockyard", "/var/run/dockyard", "/tmp"  # noqa: S108 -- a folder of the container


def script(settings: Refresher) -> str:
    """What runs: POSIX shell, with all values in its environment."""
    return render_template(
        "kubernetes/refresh.sh.j2", registry=settings.kind, exchange=settings.audience is not None
    )


def shared(settings: Refresher) -> dict[str, dict[str, Any]]:
    """What stands where the CronJob runs, by a short name: its identity and its script."""
    where = metadata(settings.name, settings.namespace, settings.target.labels)
    return {
        "account": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": where,
            "automountServiceAccountToken": False,
        },
        "script": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": where,
            "data": {"refresh.sh": script(settings)},
        },
    }


def access(settings: Refresher, namespace: str) -> dict[str, dict[str, Any]]:
    """What it may do in one namespace, by a short name: change this one Secret, which it cannot even read."""
    where = metadata(settings.name, namespace, settings.target.labels)
    rule = {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": [settings.target.secret],
        "verbs": ["patch"],
    }
    account = {"kind": "ServiceAccount", "name": settings.name, "namespace": settings.namespace}
    return {
        "role": {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": where, "rules": [rule]},
        "binding": {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": where,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": settings.name},
            "subjects": [account],
        },
    }


def cron_job(settings: Refresher) -> dict[str, Any]:
    """Runs one at a time: two would race for the same Secret."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata(settings.name, settings.namespace, settings.target.labels),
        "spec": {
            "schedule": settings.schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 120,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": _job(settings, settings.deadline_seconds)},
        },
    }


def first_job(settings: Refresher) -> dict[str, Any]:
    """The first run, at once: until then the Secrets hold no login."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(f"{settings.name}-first", settings.namespace, settings.target.labels),
        "spec": _job(settings, _FIRST_DEADLINE),
    }


def _job(settings: Refresher, deadline: int) -> dict[str, Any]:
    labels = {**settings.target.labels, "app.kubernetes.io/name": settings.name}
    return {
        "backoffLimit": 3,
        "activeDeadlineSeconds": deadline,
        "template": {"metadata": {"labels": labels}, "spec": _pod(settings)},
    }


def _pod(settings: Refresher) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "serviceAccountName": settings.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(settings)],
        "volumes": [
            {"name": "script", "configMap": {"name": settings.name, "defaultMode": 0o444}},
            {"name": "credentials", "projected": {"defaultMode": 0o400, "sources": _credentials(settings)}},
            {"name": "work", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        ],
    }


def _container(settings: Refresher) -> dict[str, Any]:
    return {
        "name": "refresh",
        "image": settings.image,
        "command": ["/bin/sh", f"{_SCRIPT}/refresh.sh"],
        "env": [{"name": name, "value": value} for name, value in environment(settings).items()],
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "script", "mountPath": _SCRIPT, "readOnly": True},
            {"name": "credentials", "mountPath": _CREDENTIALS, "readOnly": True},
            {"name": "work", "mountPath": _WORK},
        ],
    }


def environment(settings: Refresher) -> dict[str, Any]:
    """What the script is told. No value is a secret."""
    common = {
        "REGISTRY_HOST": settings.host,
        "REGISTRY_USER": settings.user,
        "SECRET_NAME": settings.target.secret,
        "NAMESPACES": " ".join(settings.target.namespaces),
        "KUBERNETES_API": "https://kubernetes.default.svc",
        "CREDENTIALS": _CREDENTIALS,
        "WORK_FOLDER": _WORK,
        "HOME": _WORK,
    }
    return {**common, **_identity(settings)}


def _identity(settings: Refresher) -> dict[str, Any]:
    if settings.kind == "acr":
        return {
            "AZURE_AUTHORITY": "https://login.microsoftonline.com",
            "AZURE_CLIENT_ID": settings.client_id,
            "AZURE_TENANT_ID": settings.tenant_id,
        }
    if settings.kind == "gar" and settings.audience is not None:
        return {"GOOGLE_AUDIENCE": settings.audience, "GOOGLE_STS": "https://sts.googleapis.com"}
    if settings.kind == "gar":
        return {"METADATA_URL": "http://metadata.google.internal"}
    role = {
        "AWS_ROLE_ARN": settings.role_arn,
        "AWS_ROLE_SESSION_NAME": "dockyard-refresher",
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{_CREDENTIALS}/identity-token",
    }
    return {"AWS_REGION": settings.region, **(role if settings.role_arn is not None else {})}


def _credentials(settings: Refresher) -> list[dict[str, Any]]:
    """A token for Kubernetes that lives ten minutes, whom to trust there, and a token for the cloud."""
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"path": "api-token", "expirationSeconds": 600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]
    if settings.token_audience is not None:
        token = {
            "path": "identity-token",
            "audience": settings.token_audience,
            "expirationSeconds": 3600,
        }
        sources.append({"serviceAccountToken": token})
    return sources
