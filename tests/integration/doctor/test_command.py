"""`dockyard doctor --registry` as it is typed: no stack, no project, no state around it."""

import base64
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.instance import PASSWORDS, Instance

pytestmark = pytest.mark.integration


def typed(
    folder: Path, *options: str, text: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKYARD", "PULUMI"))}
    done = subprocess.run(
        [sys.executable, "-m", "dockyard.cli", "doctor", *options],
        cwd=folder,
        env={**kept, "COLUMNS": "80", **environment},
        input=text,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_any_registry_is_asked_without_a_project(instance: Instance, tmp_path: Path) -> None:
    place = ["--registry", instance.plan.settings.host, "--ca", str(instance.authority)]
    login = ["--username", "team", "--password-stdin", "--repository", "team/probe", "--probe"]
    done = typed(tmp_path, *place, *login, text=f"{PASSWORDS['team']}\n")
    assert done.returncode in (0, 1), done.stdout
    assert " 0 failure, " in done.stdout
    assert "signed in as team" in done.stdout
    assert "team/probe@sha256:" in done.stdout
    evidence = [line for line in done.stdout.splitlines() if "next: " not in line]
    assert max(map(len, evidence)) <= 80
    assert "\x1b" not in done.stdout, "no colour where nobody looks"
    assert list(tmp_path.iterdir()) == []


def test_the_failing_request_is_traced_without_its_password(instance: Instance, tmp_path: Path) -> None:
    place = ["--registry", instance.plan.settings.host, "--ca", str(instance.authority)]
    done = typed(tmp_path, *place, "--username", "ci", "--password-stdin", "--trace", text="a-wrong-word")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert f"> GET https://{instance.plan.settings.host}/v2/" in lines
    assert "> authorization: Basic ***" in lines
    assert "< 401 Unauthorized" in lines
    assert any(line.startswith("* TLSv1.") and "certificate of localhost" in line for line in lines)
    assert "a-wrong-word" not in done.stdout
    assert "Y2k6" not in done.stdout, "nor in base64"


def test_dockers_login_is_used(instance: Instance, tmp_path: Path) -> None:
    login = {"auth": base64.b64encode(f"ci:{PASSWORDS['ci']}".encode()).decode()}
    (tmp_path / "config.json").write_text(json.dumps({"auths": {instance.plan.settings.host: login}}))
    place = ["--registry", instance.plan.settings.host, "--ca", str(instance.authority), "--json"]
    done = typed(tmp_path, *place, "--use-docker-login", DOCKER_CONFIG=str(tmp_path))
    login_check = next(it for it in json.loads(done.stdout)["checks"] if it["name"] == "login")
    assert login_check["evidence"] == "signed in as ci"


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ((), 2, "--registry"),
        (("-s", "x", "--registry", "a.example.com"), 2, "exclude each other"),
        (("--registry", "a", "--use-docker-login", "--password-stdin"), 2, "exclude each other"),
        (("--registry", "https://a.example.com/v2"), 1, "hint: without https://"),
        (("--registry", "a.example.com", "--plain-http"), 1, "another machine"),
        (("--registry", "a.example.com", "--username", "ci"), 1, "add --password-stdin"),
        (("--registry", "a.example.com", "--password-stdin"), 1, "give --username"),
        (("--registry", "a.example.com", "--repository", "A b"), 1, "'A b' has capital letters"),
        (("--registry", "a.example.com", "--repository", "team/app:1"), 1, "is no part of a name"),
        (("--explain", "what is this"), 1, "is not known"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_type(
    options: tuple[str, ...], code: int, told: str, tmp_path: Path
) -> None:
    done = typed(tmp_path, *options)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_an_authority_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    done = typed(tmp_path, "--registry", "a.example.com", "--ca", "ca.crt")
    assert (done.returncode, "ca.crt holds no PEM certificate" in done.stderr) == (1, True)


def test_an_error_text_is_explained_from_standard_input(tmp_path: Path) -> None:
    text = 'Get "https://r.example.com/v2/": x509: certificate signed by unknown authority'
    done = typed(tmp_path, "--explain", "-", text=text)
    assert done.returncode == 0
    assert "next: dockyard doctor --registry r.example.com" in done.stdout
    (found,) = json.loads(typed(tmp_path, "--explain", "-", "--json", text=text).stdout)
    assert set(found) == {"says", "cause", "next"}


def test_a_server_that_sends_without_end_does_not_keep_it(tmp_path: Path) -> None:
    """Plain HTTP, a header and then a byte now and then: no time limit of a socket ever ends that."""
    ended = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not ended.wait(0.5):
                self.wfile.write(b"x")
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = typed(
            tmp_path, "--registry", f"127.0.0.1:{server.server_address[1]}", "--plain-http", "--json"
        )
        ended.set()
        server.shutdown()
    failed = [it for it in json.loads(done.stdout)["checks"] if it["status"] == "failure"]
    assert [(it["name"], it["evidence"]) for it in failed] == [("registry", "not done after 30 s")]


def test_a_hint_of_a_port_where_nobody_listens_is_a_command(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        done = typed(tmp_path, "--registry", f"127.0.0.1:{port}", "--json")
    (failed,) = [it for it in json.loads(done.stdout)["checks"] if it["status"] == "failure"]
    assert failed["hint"] == f"sudo ss -ltnp 'sport = :{port}'  # on 127.0.0.1"
    assert subprocess.run(["sh", "-n", "-c", failed["hint"]], check=False).returncode == 0
