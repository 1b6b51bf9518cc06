"""What we are measured against: the usual ways to serve the same store, each as its real servers on loopback."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REGISTRY_CONFIG = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {store}}}, delete: {{enabled: true}}}}
http: {{{listen}, secret: bench}}
{auth}
"""

NGINX_CONFIG = """\
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log warn; user root;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; client_max_body_size 0;
  types {{}} default_type application/octet-stream;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_session_cache shared:bench:10m;
  ssl_protocols TLSv1.2 TLSv1.3;
  upstream registry {{ server unix:{folder}/registry.sock; keepalive 32; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    {body}
  }}
}}
"""

STATIC = """
    location / {{ root {root}; output_buffers 2 64k; }}"""

PROXY = """
    auth_basic bench; auth_basic_user_file {folder}/htpasswd;
    location /v2/ {{
      proxy_pass http://registry; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_request_buffering off; {buffering}
    }}"""

COMMON_BUFFERING = "proxy_buffering off;"
TUNED_BUFFERING = (
    "proxy_buffering on; proxy_buffer_size 64k; proxy_buffers 8 128k; proxy_busy_buffers_size 256k;"
    " proxy_max_temp_file_size 0;"
)


@dataclass(frozen=True)
class Peer:
    """A running server: where it answers and which processes are its own."""

    url: str
    pids: tuple[int, ...]


@dataclass(frozen=True)
class Material:
    """What every peer shares with our registry: the store, the certificate, the user's htpasswd line by bcrypt cost."""

    store: Path
    certificate: Path
    key: Path
    htpasswd: dict[int, str]


@contextlib.contextmanager
def nginx_recipe(folder: Path, material: Material, cost: int, buffering: str) -> Iterator[Peer]:
    """NGINX with TLS and htpasswd, proxying to registry:2: the recipe that everybody copies."""
    folder.mkdir()
    (folder / "htpasswd").write_text(material.htpasswd[cost] + "\n")
    body = PROXY.format(folder=folder, buffering=buffering)
    listen = f"net: unix, addr: {folder}/registry.sock"
    with _registry(folder, material, listen) as registry, _nginx(folder, material, body) as front:
        yield Peer(front.url, front.pids + registry.pids)


@contextlib.contextmanager
def registry_tls(folder: Path, material: Material) -> Iterator[Peer]:
    """registry:2 that does TLS and htpasswd (bcrypt cost 5) itself."""
    folder.mkdir()
    (folder / "htpasswd").write_text(material.htpasswd[5] + "\n")
    port = free_port()
    listen = f"addr: 127.0.0.1:{port}, tls: {{certificate: {material.certificate}, key: {material.key}}}"
    auth = f"auth: {{htpasswd: {{realm: bench, path: {folder}/htpasswd}}}}"
    with _registry(folder, material, listen, auth) as registry:
        _wait_for_port(port)
        yield Peer(f"https://localhost:{port}", registry.pids)


@contextlib.contextmanager
def static_files(folder: Path, material: Material, root: Path) -> Iterator[Peer]:
    """NGINX serving the bytes below `root` as plain files over TLS, without any check: the limit."""
    folder.mkdir()
    with _nginx(folder, material, STATIC.format(root=root)) as front:
        yield front


@contextlib.contextmanager
def _registry(folder: Path, material: Material, listen: str, auth: str = "") -> Iterator[Peer]:
    config = folder / "registry.yml"
    config.write_text(REGISTRY_CONFIG.format(store=material.store, listen=listen, auth=auth))
    with _process(["docker-registry", "serve", str(config)], folder / "registry.log") as pid:
        yield Peer("", (pid,))


@contextlib.contextmanager
def _nginx(folder: Path, material: Material, body: str) -> Iterator[Peer]:
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        NGINX_CONFIG.format(
            folder=folder, certificate=material.certificate, key=material.key, port=port, body=body
        )
    )
    with _process(
        ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)], folder / "nginx.log"
    ) as pid:
        _wait_for_port(port)
        yield Peer(f"https://localhost:{port}", (pid,))


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[int]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")
