"""A registry from a rendered bundle, laid out by hand and run by its own supervisord: what the tests of the front attack."""

import contextlib
import datetime
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from dockyard.provider import x509
from dockyard.provider.agent.workers import taking_connections, wait_until_replaced
from dockyard.self_hosted.bundle import Bundle
from dockyard.self_hosted.facts import local_facts
from dockyard.self_hosted.render import Material, Plan, render, secret_contents
from dockyard.self_hosted.settings import read_settings

from tests.support.processes import descendants, send

PASSWORDS = {
    "admin": "admin-secret-1",
    "ci": "ci-secret-2",
    "reader": "reader-secret-3",
    "team": "team-secret-4",
    "late": "late-secret-5",
}
BACKUP_PASSWORD = "backup-password-of-a-test"
USERS: dict[str, Any] = {
    "admin": {"admin": True},
    "ci": {"push": ["**"]},
    "reader": {"pull": ["pub/**"]},
    "team": {"push": ["team/*"], "pull": ["pub/**"], "delete": ["team/*"]},
}
SETTINGS: dict[str, Any] = {"domain": "localhost", "listen": ["127.0.0.1"], "users": USERS, "reserve": "0"}
MISSING = [
    name
    for name in ("nginx", "docker-registry")
    if not shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
]

needs_servers = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


class OwnPlan(Plan):
    """The layout of a user who is not root, for whoever runs the tests: a master that root starts would give its workers away."""

    @property
    def front_account(self) -> str | None:
        return "root" if os.geteuid() == 0 else None


@dataclass
class Instance:
    """A running registry and what is known of it."""

    folder: Path
    plan: Plan
    material: Material
    authority: Path

    @property
    def url(self) -> str:
        return f"https://{self.plan.settings.host}"

    def client(self, user: str | None = None, password: str | None = None) -> httpx.Client:
        """A client that trusts the instance's authority and signs in as the user; nobody without one."""
        auth = (user, PASSWORDS[user] if password is None else password) if user else None
        return httpx.Client(
            base_url=self.url,
            auth=auth,
            verify=ssl.create_default_context(cafile=str(self.authority)),
            timeout=60,
        )

    def apply(self, settings: Mapping[str, Any], passwords: Mapping[str, str] = PASSWORDS) -> None:
        """Renders other settings into place and has NGINX load them."""
        self.plan = replace(self.plan, settings=read_settings(settings, "test"))
        self.material = replace(self.material, htpasswd=htpasswd_lines(settings["users"], passwords))
        lay_out(render(self.plan), secret_contents(self.plan, self.material))
        before = self.workers()
        os.kill(self.pid("front/nginx.pid"), signal.SIGHUP)
        wait_until_replaced(before)

    def pid(self, name: str) -> int:
        return int((Path(self.plan.paths.run) / name).read_text().split()[0])

    def workers(self) -> set[int]:
        return set(taking_connections([self.pid("front/nginx.pid")]))

    def supervisord(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "supervisor.supervisord",
            "-c",
            f"{self.plan.paths.etc}/supervisord.conf",
        ]

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError), self.client() as client:
            return client.get("/healthz").status_code == 200
        return False

    def stop(self) -> None:
        """Ends supervisord and all that it runs, at once: supervisord itself ends one after another, a second for each."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            supervisord = self.pid("supervisord.pid")
            os.kill(supervisord, signal.SIGSTOP)  # It would start anew what ends.
            ended = [supervisord]
            # What has stopped starts nothing any more: at last there is nobody new.
            while new := [pid for pid in descendants(supervisord) if pid not in ended]:
                send(new, signal.SIGSTOP)
                ended += new
            send(ended[::-1], signal.SIGKILL)
            wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in ended), "all to end")


@contextlib.contextmanager
def running(
    settings: Mapping[str, Any] = SETTINGS,
    passwords: Mapping[str, str] = PASSWORDS,
    before: Callable[[Instance], None] = lambda instance: None,
    answers: Callable[[Instance], bool] = Instance.answers,
) -> Iterator[Instance]:
    """Starts an instance on a free port of loopback, in folders of its own; stops it and removes them at the end.

    before: what is done to it before it starts. answers: how it is seen that it has.
    """
    folder = Path(tempfile.mkdtemp(prefix="dockyard-test-"))
    instance = make(folder, {"port": free_port(), **settings}, passwords)
    try:
        before(instance)
        subprocess.run(instance.supervisord(), check=True)
        wait_until(lambda: answers(instance), "the front to answer")
        yield instance
    finally:
        instance.stop()
        shutil.rmtree(folder)
        shutil.rmtree(instance.plan.paths.run, ignore_errors=True)


def make(folder: Path, settings: Mapping[str, Any], passwords: Mapping[str, str] = PASSWORDS) -> Instance:
    """Lays an instance out without starting it, as a user who is not root has it."""
    facts = replace(local_facts(folder), root=False, memory_dir="/dev/shm")
    plan = OwnPlan(read_settings(settings, "test"), facts, "test")
    material, authority = new_material(settings, passwords)
    (folder / "ca.crt").write_text(authority)
    lay_out(render(plan), secret_contents(plan, material))
    return Instance(folder, plan, material, folder / "ca.crt")


def lay_out(bundle: Bundle, contents: Mapping[str, str]) -> None:
    for path, directory in bundle.directories.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        Path(path).chmod(directory.mode)
    for path, file in bundle.files.items():
        temporary = Path(f"{path}.new")
        temporary.write_bytes(replace(file, content=contents.get(path, file.content)).data)
        temporary.chmod(file.mode)
        temporary.replace(path)


def wait_until(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


_given: set[int] = set()


def free_port() -> int:
    """A port that is free now, of those that are given to no client (they get higher ones) and to no test of another worker."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = 10_000 + secrets.randbelow(20_000 // workers) * workers + worker
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def new_material(
    settings: Mapping[str, Any], passwords: Mapping[str, str] = PASSWORDS
) -> tuple[Material, str]:
    now = datetime.datetime.now(datetime.UTC)
    addresses = dict.fromkeys(("127.0.0.1", *settings.get("listen", ())))
    subject = x509.Subject("localhost", ("localhost",), tuple(addresses))
    authority_key, key = x509.new_key(), x509.new_key()
    authority = x509.authority(subject, 30, now, authority_key)
    acme = settings.get("certificate", {}).get("acme", {})
    leaf = x509.server(subject, 30, now, key, x509.Issuer(authority, authority_key))
    material = Material(
        htpasswd=htpasswd_lines(settings["users"], passwords),
        certificate=_pem(leaf),
        private_key=x509.key_pem(key),
        http_secret="http-secret-of-a-test",
        backup_password=BACKUP_PASSWORD,
        acme_environment=acme.get("environment", {}),
        acme_binding=acme.get("binding", {}),
    )
    return material, _pem(authority)


def _pem(certificate: Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def htpasswd_lines(users: Mapping[str, Any], passwords: Mapping[str, str]) -> dict[str, str]:
    salt = bcrypt.gensalt(4, prefix=b"2a")
    return {user: f"{user}:{bcrypt.hashpw(passwords[user].encode(), salt).decode()}" for user in users}
