"""What is built for Kubernetes, applied to a real API server."""

import base64
import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest
from dockyard.kubernetes import refresher_manifests as job
from dockyard.kubernetes import workload_identity as workload
from dockyard.kubernetes.access import read_access
from dockyard.kubernetes.docker_config import docker_config, encoded
from dockyard.kubernetes.secret import account_with_secret, empty_pull_secret, pull_secret

from tests.support.images import push_image
from tests.support.instance import MISSING as NO_REGISTRY
from tests.support.instance import PASSWORDS, SETTINGS, wait_until
from tests.support.instance import running as registry_running
from tests.unit.kubernetes.cases import ACCESS, ECR, changed

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.xdist_group("kubernetes")]
ACCOUNT = "registry-pull-refresher"


@pytest.fixture
def namespaces(cluster):
    """Two namespaces of the test's own, the first one first by name."""
    names = [f"{letter}-{uuid.uuid4().hex[:8]}" for letter in "ab"]
    for name in names:
        cluster.namespace(name)
    return names


def refresher(namespaces, case="job-ecr"):
    return read_access(changed(case, namespaces=namespaces), "test", "pull")


def refresher_manifests(settings):
    made = [*job.shared(settings).values()]
    for namespace in settings.target.namespaces:
        made += [
            empty_pull_secret(settings.target.secret, namespace),
            *job.access(settings, namespace).values(),
        ]
    return [*made, job.cron_job(settings), job.first_job(settings)]


def accepted(cluster, manifests):
    """Applies them twice: the second time changes nothing."""
    for manifest in manifests:
        answer = cluster.apply(manifest)
        assert answer.status_code in (200, 201), answer.text
        version = answer.json()["metadata"]["resourceVersion"]
        again = cluster.apply(manifest).raise_for_status().json()
        assert again["metadata"]["resourceVersion"] == version


@pytest.mark.parametrize("case", [case for case in ACCESS if case.startswith("job-")])
def test_everything_of_the_refresher_is_accepted(cluster, namespaces, case):
    accepted(cluster, refresher_manifests(refresher(namespaces, case)))


@pytest.mark.parametrize("case", ["eks", "aks", "own-acr", "gke"])
def test_everything_of_workload_identity_is_accepted(cluster, namespaces, case):
    settings = read_access(changed(case, namespaces=namespaces), "test", "pull")
    name = f"{case}-{namespaces[0]}"
    accounts = [workload.annotated_account(settings, "shop", namespace) for namespace in namespaces]
    accepted(cluster, [*workload.cluster_access(settings, name).values(), *accounts])


def test_a_secret_without_a_login_is_accepted_and_one_without_json_is_not(cluster, namespaces):
    """Why the empty ones hold `{"auths": {}}`."""
    assert cluster.apply(empty_pull_secret("empty", namespaces[0])).status_code == 201
    answer = cluster.apply(pull_secret("wrong", namespaces[0], encoded("not json")))
    assert answer.status_code == 422


def test_nodes_may_ask_for_that_audience_and_for_no_other(cluster, namespaces):
    settings = read_access(changed("own-acr", namespaces=namespaces), "test", "pull")
    for manifest in workload.cluster_access(settings, f"audience-{namespaces[0]}").values():
        cluster.apply(manifest).raise_for_status()
    asked = {"verb": "request-serviceaccounts-token-audience", "namespace": namespaces[0]}
    node = ("system:node:n1", ["system:nodes"])
    audience = "api://AzureADTokenExchange"
    # The server hears of a new right a moment after it has stored it.
    wait_until(lambda: cluster.may(*node, **asked, resource=audience, name="shop"), "the right")
    assert not cluster.may(*node, **asked, resource=audience, name="other")
    assert not cluster.may(*node, **asked, resource="other", name="shop")


def test_an_account_s_list_of_secrets_that_another_program_holds_is_not_taken_over(cluster, namespaces):
    """The deployment fails and names the other, as the documentation of `service_accounts` says."""
    where = namespaces[0]
    assert cluster.apply(account_with_secret("default", where, "other"), "helm").status_code == 200
    answer = cluster.apply(account_with_secret("default", where, "registry-pull"))
    assert answer.status_code == 409
    assert "helm" in answer.text
    free = account_with_secret("default", namespaces[1], "registry-pull")
    assert cluster.apply(free).status_code == 200
    assert cluster.get(free)["imagePullSecrets"] == [{"name": "registry-pull"}]


def may_write(cluster, settings, namespace) -> bool:
    """Whether the server has heard that the refresher may."""
    user = f"system:serviceaccount:{settings.namespace}:{ACCOUNT}"
    asked = {"verb": "patch", "resource": "secrets", "name": settings.target.secret}
    return cluster.may(user, [], **asked, namespace=namespace)


@pytest.fixture
def place(cluster, namespaces, tmp_path):
    """A refresher that is set up, and a run of its script with its own token."""
    settings = refresher(namespaces)
    for manifest in refresher_manifests(settings):
        cluster.apply(manifest).raise_for_status()
    for each in settings.target.namespaces:
        wait_until(lambda where=each: may_write(cluster, settings, where), "the right")
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "api-token").write_text(cluster.token(settings.namespace, ACCOUNT))
    shutil.copy(cluster.authority, folder / "ca.crt")
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text("#!/bin/sh\nprintf 'dG9rZW4=\\n'\n")
    aws.chmod(0o755)
    return settings, tmp_path


def run_refresher(cluster, settings, folder: Path):
    told = {
        **job.environment(settings),
        "KUBERNETES_API": cluster.url,
        "CREDENTIALS": str(folder / "credentials"),
        "WORK_FOLDER": str(folder),
        "HOME": str(folder),
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
    }
    (folder / "refresh.sh").write_text(job.script(settings))
    command = ["sh", folder / "refresh.sh"]
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_refresher_writes_with_the_rights_that_it_has(cluster, place):
    settings, folder = place
    done = run_refresher(cluster, settings, folder)
    assert (done.returncode, done.stderr) == (0, "")
    for namespace in settings.target.namespaces:
        data = cluster.get(empty_pull_secret("registry-pull", namespace))["data"]
        assert data == {".dockerconfigjson": encoded(docker_config(ECR, "AWS", "dG9rZW4="))}


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_refresher_fails_where_its_right_is_gone(cluster, place):
    settings, folder = place
    binding = job.access(settings, settings.target.namespaces[1])["binding"]
    cluster.client.delete(cluster.path(binding)).raise_for_status()
    gone = settings.target.namespaces[1]
    wait_until(lambda: not may_write(cluster, settings, gone), "the end of the right")
    done = run_refresher(cluster, settings, folder)
    assert done.returncode == 1
    assert f"{settings.target.namespaces[1]}/registry-pull could not be changed" in done.stderr


def test_the_refresher_may_do_nothing_but_change_its_own_secrets(cluster, place):
    settings, folder = place
    token = (folder / "credentials" / "api-token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    where = settings.target.namespaces[0]
    other = pull_secret("other", where, encoded(docker_config("r.example", "ci", "word")))
    cluster.apply(other).raise_for_status()
    own = empty_pull_secret("registry-pull", where)
    for method, manifest in (("GET", own), ("DELETE", own), ("GET", other), ("PATCH", other)):
        answer = cluster.client.request(
            method,
            cluster.path(manifest),
            headers={**headers, "Content-Type": "application/merge-patch+json"},
            content="{}",
        )
        assert answer.status_code == 403, (method, manifest["metadata"]["name"])
    assert cluster.client.get(f"api/v1/namespaces/{where}/secrets", headers=headers).status_code == 403


def test_a_deployment_that_leaves_data_out_leaves_the_token(cluster, place):
    """What `ignore_changes` comes to under server-side apply: the refresher owns what it wrote."""
    settings, _ = place
    secret = empty_pull_secret("registry-pull", settings.target.namespaces[0], {"team": "platform"})
    written = {"data": {".dockerconfigjson": encoded(docker_config(ECR, "AWS", "dG9rZW4="))}}
    cluster.client.patch(
        cluster.path(secret),
        params={"fieldManager": "dockyard-refresher"},
        json=written,
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()
    del secret["data"]
    cluster.apply(secret).raise_for_status()
    found = cluster.get(secret)
    assert found["metadata"]["labels"] == {"team": "platform"}
    assert found["data"] == written["data"]


@pytest.mark.skipif(bool(NO_REGISTRY), reason=f"not installed: {', '.join(NO_REGISTRY)}")
@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
def test_the_secret_signs_in_to_the_registry(cluster, namespaces, tmp_path):
    """Read back from the cluster, as the kubelet reads it."""
    with registry_running(SETTINGS) as instance:
        with instance.client("ci") as client:
            push_image(client, "pub/app", "1", b"layer")
        host = instance.plan.settings.host
        config = encoded(docker_config(host, "reader", PASSWORDS["reader"]))
        secret = pull_secret("registry-pull", namespaces[0], config)
        cluster.apply(secret).raise_for_status()
        stored = base64.b64decode(cluster.get(secret)["data"][".dockerconfigjson"]).decode()
        (tmp_path / "auth.json").write_text(stored)
        shutil.copy(instance.authority, tmp_path / "ca.crt")
        command = ["skopeo", "inspect", "--raw", f"--cert-dir={tmp_path}"]
        signed_in = [*command, f"--authfile={tmp_path}/auth.json", f"docker://{host}/pub/app:1"]
        done = subprocess.run(signed_in, capture_output=True, text=True, timeout=60, check=False)
        assert json.loads(done.stdout)["schemaVersion"] == 2, done.stderr
        nobody = [*command, "--no-creds", f"docker://{host}/pub/app:1"]
        assert subprocess.run(nobody, capture_output=True, timeout=60, check=False).returncode != 0


def test_the_cluster_refuses_strangers(cluster):
    """The tests above could fail for want of rights."""
    answer = httpx.get(f"{cluster.url}/api/v1/secrets", verify=False, timeout=60)
    assert answer.status_code in (401, 403)
