"""The refresher's script, run by real shells against a server that plays Kubernetes and the clouds."""

import base64
import json
import os
import shutil
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from dockyard.kubernetes.access import read_access
from dockyard.kubernetes.refresher_manifests import environment, script

from tests.unit.kubernetes.cases import ACCESS, ACR, CLIENT, ECR, GAR, POOL, TENANT

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
TOKEN = "eyJ0b2tlbg.aA0-_~+/=="
CASES = ("job-ecr", "job-acr", "job-gar", "job-gar-pool")
HOSTS = {"job-ecr": ECR, "job-acr": ACR, "job-gar": GAR, "job-gar-pool": GAR}
pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


class Handler(BaseHTTPRequestHandler):
    """Answers what the test says, by path; records what it was asked."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status, text = self.server.answers[urllib.parse.urlsplit(self.path).path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *_):
        """The test's output shows what fails."""


def secret_path(namespace):
    return f"/api/v1/namespaces/{namespace}/secrets/registry-pull"


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    server.answers = {
        **{secret_path(namespace): (200, "{}") for namespace in ("api", "web")},
        f"/{TENANT}/oauth2/v2.0/token": (200, '{"token_type":"Bearer", "access_token": "entra-token"}'),
        "/oauth2/exchange": (200, json.dumps({"refresh_token": TOKEN})),
        "/v1/token": (200, json.dumps({"access_token": TOKEN, "expires_in": 3599})),
        "/computeMetadata/v1/instance/service-accounts/default/token": (
            200,
            json.dumps({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}, indent=1),
        ),
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class Place:
    """A container's file system, more or less."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.bin, self.work, self.credentials = (folder / name for name in ("bin", "work", "credentials"))
        for path in (self.bin, self.work, self.credentials):
            path.mkdir()
        for name, text in (("api-token", "api-word"), ("identity-token", "identity-word"), ("ca.crt", "")):
            (self.credentials / name).write_text(text)
        self.program("aws", f"printf '%s\\n' '{TOKEN}'")
        # Every argument of the commands that get in touch with others, as anybody on the node could see it.
        self.program("curl", f'exec {shutil.which("curl")} "$@"')

    def program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >>{self.folder}/arguments\n{body}\n")
        path.chmod(0o755)

    def run(self, case: str, shell: str = SHELLS[0]) -> subprocess.CompletedProcess:
        settings = read_access(ACCESS[case], "test", "pull")
        told = {
            **environment(settings),
            "KUBERNETES_API": self.address,
            "CREDENTIALS": str(self.credentials),
            "WORK_FOLDER": str(self.work),
            "HOME": str(self.work),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
        }
        for name in ("REGISTRY_URL", "AZURE_AUTHORITY", "GOOGLE_STS", "METADATA_URL"):
            told[name] = self.address
        path = self.folder / "refresh.sh"
        path.write_text(script(settings))
        command = [shell, "sh", path] if shell == "busybox" else [shell, path]
        return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)

    @property
    def arguments(self) -> str:
        return (self.folder / "arguments").read_text()


@pytest.fixture
def place(tmp_path, server):
    return Place(tmp_path, f"http://127.0.0.1:{server.server_address[1]}")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shell", [*SHELLS, "sh"])
def test_shells_accept_it(case, shell, tmp_path):
    path = tmp_path / "refresh.sh"
    path.write_text(script(read_access(ACCESS[case], "test", "pull")))
    command = [shell, "sh", "-n", path] if shell == "busybox" else [shell, "-n", path]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shell", SHELLS)
def test_it_writes_the_token_into_every_pull_secret(case, shell, place, server):
    done = place.run(case, shell)
    assert (done.returncode, done.stderr) == (0, "")
    patches = [asked for asked in server.asked if asked[0] == "PATCH"]
    query = "?fieldManager=dockyard-refresher"
    assert [path for _, path, _, _ in patches] == [
        f"{secret_path(namespace)}{query}" for namespace in ("api", "web")
    ]
    for _, _, headers, body in patches:
        assert headers["Authorization"] == "Bearer api-word"
        assert headers["Content-Type"] == "application/merge-patch+json"
        patch = json.loads(body)
        assert list(patch) == ["data"]
        config = json.loads(base64.b64decode(patch["data"][".dockerconfigjson"]))
        user = environment(read_access(ACCESS[case], "test", "pull"))["REGISTRY_USER"]
        auth = base64.b64encode(f"{user}:{TOKEN}".encode()).decode()
        assert config == {"auths": {HOSTS[case]: {"username": user, "password": TOKEN, "auth": auth}}}


@pytest.mark.parametrize("case", CASES)
def test_no_token_is_printed_or_an_argument_and_none_is_left_behind(case, place):
    done = place.run(case)
    seen = done.stdout + done.stderr + place.arguments
    assert [word for word in (TOKEN, "api-word", "identity-word", "entra-token") if word in seen] == []
    assert list(place.work.iterdir()) == []


def form(server, path):
    (body,) = [body for _, asked, _, body in server.asked if asked == path]
    return dict(urllib.parse.parse_qsl(body, strict_parsing=True))


def test_azure_is_asked_with_the_identity_s_token_and_the_registry_with_azure_s(place, server):
    place.run("job-acr")
    assert form(server, f"/{TENANT}/oauth2/v2.0/token") == {
        "client_id": CLIENT,
        "grant_type": "client_credentials",
        "scope": "https://containerregistry.azure.net/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "identity-word",
    }
    assert form(server, "/oauth2/exchange") == {
        "grant_type": "access_token",
        "service": ACR,
        "access_token": "entra-token",
    }


def test_google_is_asked_with_the_identity_s_token(place, server):
    place.run("job-gar-pool")
    found = form(server, "/v1/token")
    assert (found["audience"], found["subject_token"]) == (POOL, "identity-word")
    assert found["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"


def test_the_metadata_server_is_asked_as_it_wants_to_be(place, server):
    place.run("job-gar")
    (headers,) = [headers for _, path, headers, _ in server.asked if path.startswith("/computeMetadata")]
    assert headers["Metadata-Flavor"] == "Google"


def test_aws_is_asked_for_the_registry_s_region(place):
    place.run("job-ecr")
    assert "aws ecr get-login-password --region eu-west-1\n" in place.arguments


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("exit 3", "refresh: aws gave no token"),
        ("true", "refresh: the answer has no token"),
        ("echo 'not \"a token'", "refresh: the answer is no token"),
        ("printf 'two\\nlines\\n'", "refresh: the answer is no token"),
    ],
)
def test_without_a_token_it_fails_and_changes_no_secret(body, says, place, server):
    place.program("aws", body)
    done = place.run("job-ecr")
    assert (done.returncode, done.stderr.splitlines()[-1], server.asked) == (1, says, [])


@pytest.mark.parametrize(
    ("case", "path", "says"),
    [
        ("job-acr", f"/{TENANT}/oauth2/v2.0/token", "Microsoft Entra gave no token"),
        ("job-acr", "/oauth2/exchange", "the registry gave no token"),
        (
            "job-gar",
            "/computeMetadata/v1/instance/service-accounts/default/token",
            "the metadata server gave",
        ),
        ("job-gar-pool", "/v1/token", "Google's Security Token Service gave no token"),
    ],
)
def test_a_refusal_of_the_cloud_fails_it_and_its_text_is_not_printed(case, path, says, place, server):
    server.answers[path] = (403, "told-in-confidence")
    done = place.run(case)
    assert done.returncode == 1
    assert says in done.stderr
    assert "told-in-confidence" not in done.stdout + done.stderr
    assert [asked for asked in server.asked if asked[0] == "PATCH"] == []


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ("job-acr", f"/{TENANT}/oauth2/v2.0/token"),
        ("job-acr", "/oauth2/exchange"),
        ("job-gar", "/computeMetadata/v1/instance/service-accounts/default/token"),
    ],
)
def test_an_answer_without_a_token_fails_it(case, path, place, server):
    server.answers[path] = (200, '{"error": "none"}')
    done = place.run(case)
    assert done.returncode == 1
    assert "has no token" in done.stderr


def test_a_secret_that_cannot_be_changed_fails_it_after_the_others_were(place, server):
    server.answers[secret_path("api")] = (404, "")
    done = place.run("job-ecr")
    assert done.returncode == 1
    assert "refresh: api/registry-pull could not be changed" in done.stderr
    assert "refresh: web/registry-pull has a new token" in done.stdout
    assert done.stderr.splitlines()[-1] == "refresh: not every pull secret has a new token"


def test_without_kubernetes_token_it_fails_and_asks_kubernetes_nothing(place, server):
    (place.credentials / "api-token").unlink()
    done = place.run("job-ecr")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "refresh: the pod has no token for Kubernetes"
    assert server.asked == []
