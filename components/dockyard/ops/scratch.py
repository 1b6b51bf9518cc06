"""A registry that serves one folder, read-only, to this process alone."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError

SOCKET = "registry.sock"
START_SECONDS, ANSWER_SECONDS = 60.0, 300.0
CHUNK = 1 << 20
ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    )
)
"""Without a manifest's own type the registry answers 404 for it."""


class Connection(http.client.HTTPConnection):
    """To a unix socket in an open folder: such a path is short however deep the folder stands."""

    def __init__(self, folder: int, seconds: float = ANSWER_SECONDS) -> None:
        """seconds: how long one answer is waited for."""
        super().__init__("localhost", timeout=seconds)
        self._folder = folder

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(f"/proc/self/fd/{self._folder}/{SOCKET}")


class Client:
    """Pulls by digest, and counts the bytes."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self.bytes = 0

    def close(self) -> None:
        self._connection.close()

    def pull(self, path: str, algorithm: str = "sha256") -> tuple[int, str]:
        """The status, and the digest of what was answered."""
        digest = hashlib.new(algorithm)
        status = 0
        try:
            self._connection.request("GET", path, headers={"Accept": ACCEPT})
            with self._connection.getresponse() as answer:
                status = answer.status
                while chunk := answer.read(CHUNK):
                    digest.update(chunk)
                    self.bytes += len(chunk)
        except (http.client.HTTPException, OSError):
            # The registry cuts a blob that is shorter than it had said; what came is not the blob.
            self._connection.close()
            return status, ""
        return status, f"{algorithm}:{digest.hexdigest()}"

    def has(self, path: str) -> bool:
        return self.ask("HEAD", path)[0] == 200

    def ask(self, method: str, path: str) -> tuple[int, Mapping[str, str]]:
        """The status and the headers of an answer, whose names are in lower case; 0 and none without an answer."""
        try:
            self._connection.request(method, path)
            with self._connection.getresponse() as answer:
                answer.read()
                return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        except (http.client.HTTPException, OSError):
            self._connection.close()
            return 0, {}


@contextlib.contextmanager
def served(program: str, folder: Path, root: Path) -> Iterator[Client]:
    """Starts the registry on `root` with its files in `folder`; ends it afterwards. Raises OpsError where it does not start."""
    with started(program, folder, read_only(root)) as client:
        yield client


def read_only(root: Path) -> str:
    """The configuration of a registry that serves `root` and changes nothing there."""
    configuration = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(root)},
            "maintenance": {"uploadpurging": {"enabled": False}, "readonly": {"enabled": True}},
        },
        "http": {"net": "unix", "addr": SOCKET, "secret": os.urandom(16).hex()},
    }
    return json.dumps(configuration)


@contextlib.contextmanager
def started(
    program: str,
    folder: Path,
    configuration: str,
    environment: Mapping[str, str] | None = None,
    seconds: float = ANSWER_SECONDS,
) -> Iterator[Client]:
    """Starts the registry with this configuration, which may be overridden by the environment; its socket stands in `folder`."""
    file = folder / "registry.yml"
    file.touch(0o600)
    file.write_text(configuration)
    with answering(
        [program, "serve", "registry.yml"],
        folder,
        seconds,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none", **(environment or {})},
        stdin=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    ) as client:
        yield client


@contextlib.contextmanager
def answering(command: Sequence[str], folder: Path, seconds: float, **options: Any) -> Iterator[Client]:
    """A client of the registry that `command` starts, whose socket stands in `folder`; it is ended afterwards. options: of Popen."""
    (folder / SOCKET).unlink(missing_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    client = Client(Connection(descriptor, seconds))
    with os.fdopen(os.memfd_create("log"), "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **options)
        try:
            _wait(process, client, log.fileno())
            yield client
        finally:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()
            client.close()
            os.close(descriptor)


def _wait(process: "subprocess.Popen[bytes]", client: Client, log: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not client.has("/v2/"):
        if process.poll() is not None or time.monotonic() > deadline:
            text = os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")
            lines = text.strip().splitlines()[-5:]
            raise OpsError("\n    ".join(["the scratch registry does not start:", *lines]))
        time.sleep(0.05)
