"""A real API server of Kubernetes with its etcd, on loopback; nothing runs pods."""

import contextlib
import os
import secrets
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.instance import free_port

BUILT = Path(__file__).parents[2] / "build" / "bin"
PATHS = {
    "Namespace": "api/v1/namespaces",
    "Secret": "api/v1/namespaces/{namespace}/secrets",
    "ConfigMap": "api/v1/namespaces/{namespace}/configmaps",
    "ServiceAccount": "api/v1/namespaces/{namespace}/serviceaccounts",
    "Role": "apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "CronJob": "apis/batch/v1/namespaces/{namespace}/cronjobs",
    "Job": "apis/batch/v1/namespaces/{namespace}/jobs",
}


def binary(name: str) -> str | None:
    """Where the program is: in $KUBEBUILDER_ASSETS, in build/bin, else on PATH."""
    folders = [os.environ.get("KUBEBUILDER_ASSETS", ""), str(BUILT), os.environ["PATH"]]
    return shutil.which(name, path=os.pathsep.join(folders))


MISSING = [name for name in ("etcd", "kube-apiserver") if not binary(name)]


@dataclass(frozen=True)
class Cluster:
    """An administrator's view of it."""

    client: httpx.Client
    url: str
    authority: Path

    def path(self, manifest: Mapping[str, Any]) -> str:
        """Where an object is."""
        where = manifest["metadata"]
        return f"{PATHS[manifest['kind']].format(**where)}/{where['name']}"

    def apply(self, manifest: Mapping[str, Any], manager: str = "program") -> httpx.Response:
        """Server-side apply, every unknown field an error."""
        return self.client.patch(
            self.path(manifest),
            params={"fieldManager": manager, "fieldValidation": "Strict"},
            json=manifest,
            headers={"Content-Type": "application/apply-patch+yaml"},
        )

    def get(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The object as it is now."""
        return self.client.get(self.path(manifest)).raise_for_status().json()

    def namespace(self, name: str) -> None:
        """Makes it, with the service account that a controller would make."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).raise_for_status()
        account = {"apiVersion": "v1", "kind": "ServiceAccount"}
        where = {"metadata": {"name": "default", "namespace": name}}
        self.apply({**account, **where}, "controller").raise_for_status()

    def token(self, namespace: str, account: str) -> str:
        """A token of the service account, as a pod would have."""
        path = f"{PATHS['ServiceAccount'].format(namespace=namespace)}/{account}/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return self.client.post(path, json=asked).raise_for_status().json()["status"]["token"]

    def may(self, user: str, groups: list[str], **attributes: str) -> bool:
        """Whether the user is allowed to."""
        asked = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
        }
        path = "apis/authorization.k8s.io/v1/subjectaccessreviews"
        return self.client.post(path, json=asked).raise_for_status().json()["status"]["allowed"]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster for the time of the block."""
    store, peers, port = free_port(), free_port(), free_port()
    admin = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f"{admin},admin,admin,system:masters\n")
    key = folder / "account.key"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    with contextlib.ExitStack() as stack:
        etcd = ["etcd", f"--data-dir={folder}/etcd", "--logger=zap", "--log-level=error"]
        for name, number in (("client", store), ("peer", peers)):
            etcd.append(f"--listen-{name}-urls=http://127.0.0.1:{number}")
        etcd.append(f"--advertise-client-urls=http://127.0.0.1:{store}")
        stack.enter_context(_process(etcd, folder / "etcd.log"))
        server = _server_command(folder, key, store, port)
        stack.enter_context(_process(server, folder / "server.log"))
        authority, url = folder / "certificates" / "apiserver.crt", f"https://127.0.0.1:{port}"
        _wait(lambda: authority.exists(), folder)
        trusted = ssl.create_default_context(cafile=str(authority))
        headers = {"Authorization": f"Bearer {admin}"}
        client = stack.enter_context(httpx.Client(base_url=url, headers=headers, verify=trusted, timeout=60))
        _wait(lambda: _ready(client), folder)
        yield Cluster(client, url, authority)


def _server_command(folder: Path, key: Path, store: int, port: int) -> list[str]:
    return [
        "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--cert-dir={folder}/certificates",
        f"--token-auth-file={folder}/tokens.csv",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.255.0.0/24",
    ]


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        path = binary(command[0])
        process = subprocess.Popen([str(path), *command[1:]], stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def _ready(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("readyz").status_code == 200
    return False


def _wait(done: Any, folder: Path) -> None:
    end = time.monotonic() + 120
    while not done():
        if time.monotonic() > end:
            logs = [
                (folder / f"{name}.log").read_text(errors="replace")[-2000:] for name in ("etcd", "server")
            ]
            raise AssertionError("the cluster does not get ready\n" + "\n".join(logs))
        time.sleep(0.2)
