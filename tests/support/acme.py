"""A real ACME server on loopback, Pebble, with the DNS that it asks; and registries whose certificate it gives."""

import contextlib
import datetime
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from dockyard.provider import x509

from tests.support.go import built
from tests.support.instance import MISSING, Instance, free_port, make, wait_until
from tests.support.operations import SETTINGS, Registry

MODULE, VERSION = "github.com/letsencrypt/pebble/v2/cmd", "v2.10.3"
DOMAIN = "registry.example.com"
DAYS = 90
HOOK = """#!/bin/sh
set -e
echo "the hook was given $TOKEN" >&2
printf '{{"host":"_acme-challenge.%s.","value":"%s"}}' "$CERTBOT_DOMAIN" "$CERTBOT_VALIDATION" |
  curl -sSf -o /dev/null -d @- {management}/{verb}-txt
"""


@dataclass
class Authority:
    """Pebble and its DNS. What it has given is forgotten when it stops: so are accounts."""

    folder: Path
    pebble: Path
    dns: Path
    http_port: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    management: int = field(default_factory=free_port)
    dns_port: int = field(default_factory=free_port)
    dns_management: int = field(default_factory=free_port)
    config: dict[str, Any] = field(default_factory=dict)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def directory(self) -> str:
        return f"https://localhost:{self.port}/dir"

    def start(self, seconds: int = DAYS * 86400, reject: bool = False) -> None:
        """seconds: how long its certificates live. reject: whether it finds no answer of anybody."""
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": self._config(seconds)}))
        answers = "192.0.2.1" if reject else "127.0.0.1"
        dns = [self.dns, "-dnsserver", f"127.0.0.1:{self.dns_port}", "-defaultIPv4", answers]
        dns += ["-defaultIPv6", "", "-management", f"127.0.0.1:{self.dns_management}"]
        dns += ["-doh", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
        pebble = [
            self.pebble,
            "-config",
            self.folder / "pebble.json",
            "-dnsserver",
            f"127.0.0.1:{self.dns_port}",
        ]
        for command in (dns, pebble):
            environment = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"}
            with (self.folder / f"{Path(command[0]).name}.log").open("ab") as log:
                process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.folder)
            self.processes.append(process)
        for port in (self.port, self.management, self.dns_management):
            wait_until(lambda at=port: _listens(at), f"port {port}")

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        self.processes.clear()

    def root(self) -> str:
        """PEM: the authority of what it gives; another one after each start."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        address = f"https://localhost:{self.management}/roots/0"
        with urllib.request.urlopen(address, context=context, timeout=30) as answer:
            return str(answer.read().decode())

    def certificate(self, **more: Any) -> dict[str, Any]:
        """The setting `certificate` of a registry that asks it."""
        own = {"server": self.directory, "trusted_ca": (self.folder / "ca.pem").read_text()}
        return {"acme": {**own, "http_port": self.http_port, **more}}

    def by_dns(self, folder: Path, **more: Any) -> dict[str, Any]:
        """The same by dns-01, with hooks that change what its DNS says."""
        hooks = {"auth": "set", "cleanup": "clear"}
        for name, verb in hooks.items():
            address = f"http://127.0.0.1:{self.dns_management}"
            (folder / name).write_text(HOOK.format(management=address, verb=verb))
            (folder / name).chmod(0o755)
        setting = self.certificate(
            challenge="dns-01", auth_hook=str(folder / "auth"), cleanup_hook=str(folder / "cleanup"), **more
        )
        del setting["acme"]["http_port"]
        return setting

    def _config(self, seconds: int) -> dict[str, Any]:
        return {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.folder / "pebble.pem"),
            "privateKey": str(self.folder / "pebble.key"),
            "httpPort": self.http_port,
            "tlsPort": 1,
            "retryAfter": {"authz": 1, "order": 1},
            "keyAlgorithm": "ecdsa",
            "profiles": {"default": {"description": "the only one", "validityPeriod": seconds}},
            **self.config,
        }


@contextlib.contextmanager
def authority(**config: Any) -> Iterator[Authority]:
    """Started. config: further settings of Pebble's."""
    for name in ("certbot", "curl"):
        if not shutil.which(name):
            pytest.skip(f"not installed: {name}")
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    programs = [built(f"{MODULE}/{name}", VERSION) for name in ("pebble", "pebble-challtestsrv")]
    with tempfile.TemporaryDirectory(prefix="dockyard-acme-") as folder:
        made = Authority(Path(folder), *programs, config=config)
        _certify(made.folder)
        made.start()
        try:
            yield made
        finally:
            made.stop()


@contextlib.contextmanager
def certified(certificate: dict[str, Any], **more: Any) -> Iterator[Registry]:
    """A registry for DOMAIN, running; its programs look by themselves whether a certificate is due."""
    folder = Path(tempfile.mkdtemp(prefix="dockyard-test-"))
    settings = {**SETTINGS, "domain": DOMAIN, "port": free_port(), "certificate": certificate, **more}
    del settings["backup"]
    instance = make(folder, settings, {"ci": "ci-secret-2", "admin": "admin-secret-1"})
    try:
        subprocess.run(instance.supervisord(), check=True)
        wait_until(lambda: _listens(instance.plan.settings.port), "the front")
        yield Registry(instance)
    finally:
        instance.stop()
        shutil.rmtree(folder)
        shutil.rmtree(instance.plan.paths.run, ignore_errors=True)


def shown(instance: Instance) -> str:
    """PEM: the leaf that clients are shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = ("127.0.0.1", instance.plan.settings.port)
    with (
        socket.create_connection(address, 30) as plain,
        context.wrap_socket(plain, server_hostname=DOMAIN) as connection,
    ):
        return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True) or b"")


class Named(httpx.HTTPTransport):
    """Connects to where it is told and asks for DOMAIN there, in TLS too."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": DOMAIN}
        return super().handle_request(request)


def client(instance: Instance, trusted: str) -> httpx.Client:
    """Signed in; trusts that PEM alone."""
    return httpx.Client(
        base_url=f"https://127.0.0.1:{instance.plan.settings.port}",
        auth=("ci", "ci-secret-2"),
        transport=Named(verify=ssl.create_default_context(cadata=trusted)),
        timeout=60,
    )


def _certify(folder: Path) -> None:
    """Pebble's own certificate, and who signed it."""
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Subject("localhost", ("localhost",), ("127.0.0.1",))
    authority_key, key = x509.new_key(), x509.new_key()
    ca = x509.authority(subject, 30, now, authority_key)
    leaf = x509.server(subject, 30, now, key, x509.Issuer(ca, authority_key))
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    (folder / "pebble.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (folder / "pebble.key").write_text(x509.key_pem(key))


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False
