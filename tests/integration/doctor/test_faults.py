"""One thing is wrong at a time, and the doctor names that and nothing else."""

import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockyard.doctor import connect, exposure
from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict

from tests.integration.doctor.conftest import (
    OF_THE_MACHINE,
    behind,
    held_port,
    is_named,
    look,
    target_of,
    wrong,
)
from tests.support.faulty import Authority, proxy
from tests.support.instance import PASSWORDS, Instance, free_port, wait_until

pytestmark = pytest.mark.integration


def test_a_certificate_that_has_ended(bare: int, authority: Authority, tmp_path: Path) -> None:
    certificate = authority.certificate(tmp_path, "localhost", days=30, ago=60)
    with proxy(tmp_path, bare, certificate) as port:
        is_named(behind(port, authority), "certificate dates", "ended 30 days ago")


def test_a_certificate_that_ends_soon_is_a_warning(bare: int, authority: Authority, tmp_path: Path) -> None:
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "localhost", days=8)) as port:
        found = behind(port, authority)
    assert wrong(found) == {"certificate dates"}
    assert found["certificate dates"].status == "warning"


def test_a_certificate_for_another_name(bare: int, authority: Authority, tmp_path: Path) -> None:
    with proxy(tmp_path, bare, authority.certificate(tmp_path, "registry.example.com")) as port:
        is_named(
            behind(port, authority), "certificate name", "localhost is not among", "registry.example.com"
        )


def test_an_authority_that_nobody_knows(instance: Instance) -> None:
    found = look(target_of(instance, authority=""))
    is_named(found, "certificate chain", "unknown here")
    assert found["login"].evidence == "needs: certificate chain", "no password goes there"


def test_a_certificate_that_has_signed_itself(bare: int, tmp_path: Path) -> None:
    file = tmp_path / "self.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=localhost",
    ]
    names = [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(tmp_path / "key"),
        "-out",
        str(tmp_path / "crt"),
    ]
    subprocess.run([*command, *names], check=True, capture_output=True)
    file.write_text((tmp_path / "crt").read_text() + (tmp_path / "key").read_text())
    with proxy(tmp_path, bare, file) as port:
        is_named(look(Target("localhost", port)), "certificate chain", "self-signed by localhost")


def test_plain_http_on_the_port(bare: int) -> None:
    is_named(
        look(Target("localhost", bare)), "tls", "plain HTTP", "server gave HTTP response to HTTPS client"
    )


def test_a_server_that_speaks_old_tls_alone(authority: Authority, tmp_path: Path) -> None:
    file, port = authority.certificate(tmp_path, "localhost"), free_port()
    server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(file), "-tls1_1", "-quiet"]
    with subprocess.Popen([*server, "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.PIPE) as process:
        try:
            wait_until(lambda: not connect.connect("127.0.0.1", port), "the server to listen")
            found = behind(port, authority, host="127.0.0.1")
        finally:
            process.kill()
    is_named(found, "tls", "TLSv1.1", "Docker speaks TLS 1.2 and later")


def test_a_name_that_does_not_resolve() -> None:
    found = look(Target("registry.invalid", username="ci", password="x"), with_probe=True)
    is_named(found, "dns", "registry.invalid does not resolve")
    assert {it.evidence for it in found.values() if it.status == "skipped"} == {"needs: dns"}


def test_no_name_server_that_answers(tmp_path: Path) -> None:
    """In a network without anything, with a resolv.conf of its own."""
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    command = shell_words(
        sys.executable, "-m", "dockyard.cli", "doctor", "--registry", "registry.example.com", "--json"
    )
    script = f"mount --bind {resolv} /etc/resolv.conf && exec {command}"
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr.strip()}")
    found = {
        it["name"]: Verdict(it["name"], it["status"], it["evidence"], it["hint"]) for it in checks_of(done)
    }
    is_named(found, "dns", "no name server answers")


def shell_words(*words: str) -> str:
    return shlex.join(words)


def checks_of(done: "subprocess.CompletedProcess[str]") -> list[dict[str, str]]:
    assert "Traceback" not in done.stderr, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)["checks"]
    return found


def test_a_port_where_nobody_listens() -> None:
    with held_port() as port:
        is_named(look(Target("localhost", port)), "connect", "refused", "nobody listens")


@contextlib.contextmanager
def full() -> Iterator[int]:
    """A port whose host answers to no more connections, as one behind a firewall that drops."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        time.sleep(0.2)
        yield server.getsockname()[1]


def test_a_port_whose_packets_are_dropped() -> None:
    with full() as port:
        is_named(look(Target("127.0.0.1", port)), "connect", "no answer", "drops it")


def test_a_server_that_never_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        found = look(Target("127.0.0.1", server.getsockname()[1]))
    is_named(found, "tls", "does not answer to TLS")


def test_a_wrong_password(instance: Instance) -> None:
    found = look(target_of(instance, "ci", password="wrong"))
    is_named(found, "login", "refuses ci: 401", "password is wrong")


def test_a_missing_right_to_push_is_not_a_wrong_password(instance: Instance) -> None:
    found = look(target_of(instance, "reader", repository="pub/app"))
    is_named(found, "upload", "reader may not push to pub/app: 403")
    assert found["login"].status == "ok"


def test_a_missing_right_to_pull(instance: Instance) -> None:
    found = look(target_of(instance, "reader", image="secret/app:1"))
    is_named(found, "image", "reader may not pull secret/app: 403")


def test_a_tag_that_is_not_there_and_what_may_be_meant(instance: Instance) -> None:
    found = look(target_of(instance, "ci", image="pub/app:v1.2.0"))
    is_named(found, "image", "pub/app:v1.2.0 is not there", "1.2.0")
    assert found["image"].hint.endswith("--image pub/app:1.2.0")


def test_a_name_that_no_registry_takes(instance: Instance) -> None:
    found = look(target_of(instance, "ci", image="Pub/App:1.2.0"))
    is_named(found, "image name", "capital letters", "'pub/app'")


def test_a_clock_that_was_moved(instance: Instance, tmp_path: Path) -> None:
    """The client's, by days: its certificates are still good then."""
    if not shutil.which("faketime"):
        pytest.skip("not installed: faketime")
    moved = ["faketime", "--exclude-monotonic", "-f", "+3d"]
    place = instance.plan.settings.host
    command = [
        sys.executable,
        "-m",
        "dockyard.cli",
        "doctor",
        "--registry",
        place,
        "--ca",
        str(instance.authority),
    ]
    login = ["--username", "ci", "--password-stdin", "--json"]
    done = subprocess.run(
        [*moved, *command, *login],
        input=PASSWORDS["ci"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = {
        it["name"]: Verdict(it["name"], it["status"], it["evidence"], it["hint"]) for it in checks_of(done)
    }
    is_named(found, "clock skew", "localhost is 3 days behind this machine")
    assert done.returncode == 2


def test_a_registry_that_can_be_reached_past_its_front(bare: int) -> None:
    target = Target("registry.example.com")
    seen = exposure.look(target, ["127.0.0.1"], {bare: "/v2/"})
    assert (seen.status, f"127.0.0.1:{bare} is a registry that anybody may use" in seen.evidence) == (
        "failure",
        True,
    )
    with held_port() as port:
        assert exposure.look(target, ["127.0.0.1"], {port: "/v2/"}).status == "ok"


def test_what_is_the_machines_is_looked_at_too(instance: Instance) -> None:
    found = look(target_of(instance))
    assert set(OF_THE_MACHINE) <= set(found)
    assert os.environ.get("HTTPS_PROXY") or found["proxy variables"].status == "ok"
