"""Registries as others set them up: registry:2 behind a small NGINX, with a fault where a test wants one."""

import contextlib
import datetime
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives.serialization import Encoding
from dockyard.provider import x509

from tests.support.instance import free_port, wait_until

PROXY = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_max_body_size 0; proxy_request_buffering off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} {tls};
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      {directives}
    }}
  }}
}}
"""
HTTPS = "proxy_set_header X-Forwarded-Proto $scheme;"
GOOD = f"proxy_set_header Host $http_host; {HTTPS}"


@dataclass(frozen=True)
class Authority:
    """Signs certificates for localhost, and others."""

    issuer: x509.Issuer

    @property
    def pem(self) -> str:
        return self.issuer.certificate.public_bytes(Encoding.PEM).decode()

    def certificate(self, folder: Path, *names: str, days: int = 90, ago: int = 0) -> Path:
        """A file with certificate and key, made `ago` days before now."""
        key = x509.new_key()
        made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=ago)
        leaf = x509.server(x509.Subject(names[0], names), days, made, key, self.issuer)
        file = folder / "server.pem"
        file.write_text(leaf.public_bytes(Encoding.PEM).decode() + x509.key_pem(key))
        return file


def new_authority() -> Authority:
    key = x509.new_key()
    made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=200)
    return Authority(x509.Issuer(x509.authority(x509.Subject("An authority"), 3650, made, key), key))


@contextlib.contextmanager
def bare_registry(
    folder: Path, auth: Mapping[str, Any] | None = None, *, deletes: bool = True
) -> Iterator[int]:
    """registry:2 over plain HTTP; gives its port."""
    port = free_port()
    configuration = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "store")}, "delete": {"enabled": deletes}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": "of a test"},
        **({"auth": dict(auth)} if auth else {}),
    }
    (folder / "registry.yml").write_text(yaml.safe_dump(configuration))
    with _running(folder, port, "docker-registry", "serve", str(folder / "registry.yml")):
        yield port


@contextlib.contextmanager
def proxy(folder: Path, upstream: int, certificate: Path | None, directives: str = GOOD) -> Iterator[int]:
    """NGINX before it; gives its port."""
    port = free_port()
    tls = f"ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate}" if certificate else ""
    text = PROXY.format(folder=folder, port=port, upstream=upstream, tls=tls, directives=directives)
    (folder / "nginx.conf").write_text(text)
    with _running(folder, port, "nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"):
        yield port


@contextlib.contextmanager
def _running(folder: Path, port: int, *command: str) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: _listens(port) or process.poll() is not None, f"{command[0]} to listen")
            assert process.poll() is None, (folder / f"{Path(command[0]).name}.log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(60)


def _listens(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        return True
    return False
