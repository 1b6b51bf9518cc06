"""`ops.pyz metrics`: one address on loopback that Prometheus scrapes.

Each part of the values is gathered by a thread of its own, in its own time. A scrape prints what was gathered last: it waits for
nothing, and a part that hangs is left out as stale while the others go on.

The registry's own metrics are not served: it has them on its debug server alone, which listens on TCP and carries pprof, where any user
of the host could read its memory and stop it with a long profile. What matters of them is counted here from the front's audit log.
"""

import http.client
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from dockyard.ops import gauges, programs_seen
from dockyard.ops.audit import LOG
from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError
from dockyard.ops.exposition import Sample, text
from dockyard.ops.log_files import Tail
from dockyard.ops.settings import Settings
from dockyard.ops.traffic import Traffic

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
NAMES = ("localhost", *LOOPBACK.values())
CONTENT = "text/plain; version=0.0.4; charset=utf-8"
AT_ONCE, SECONDS = 16, 10.0
STALE, GRACE = 3, 30.0


class Part(NamedTuple):
    """A part of the values and how many seconds pass from one look to the next."""

    every: float
    look: Callable[[], Iterable[Sample]]


def parts(settings: Settings) -> dict[str, Part]:
    return {
        "traffic": Part(1.0, Counted(settings).samples),
        "answers": Part(5.0, partial(programs_seen.answers, settings)),
        "processes": Part(5.0, partial(programs_seen.processes, settings)),
        "connections": Part(5.0, partial(programs_seen.connections, settings)),
        "writes": Part(2.0, partial(gauges.writes, settings)),
        "jobs": Part(5.0, partial(gauges.jobs, settings)),
        "inventory": Part(15.0, partial(gauges.inventory, settings)),
        "disks": Part(5.0, partial(gauges.disks, settings)),
        "uploads": Part(60.0, partial(gauges.uploading, settings)),
        "build": Part(600.0, partial(programs_seen.build, settings)),
    }


class Counted:
    """Requests since the service began."""

    def __init__(self, settings: Settings) -> None:
        self._log, self._traffic = settings.logs / LOG, Traffic()
        self._tail: Tail | None = None

    def samples(self) -> Iterable[Sample]:
        if self._tail is None:
            self._tail = Tail(self._log, at_end=True)
        self._traffic.count(self._tail.lines())
        return self._traffic.samples()


class Gathered:
    """What was gathered last of each part."""

    def __init__(self, wanted: dict[str, Part]) -> None:
        self._wanted = wanted
        self._last: dict[str, tuple[float, list[Sample]]] = {}
        self._told: dict[str, str] = {}

    def start(self) -> None:
        for name in self._wanted:
            threading.Thread(target=self._go_on, args=(name,), daemon=True).start()

    def _go_on(self, name: str) -> None:
        while True:
            self.gather(name)
            time.sleep(self._wanted[name].every)

    def gather(self, name: str) -> None:
        """Looks once. What cannot be seen is told once, and is stale after a while."""
        try:
            self._last[name] = time.monotonic(), list(self._wanted[name].look())
            self._told.pop(name, None)
        except Exception as error:
            if self._told.get(name) != str(error):
                self._told[name] = str(error)
                print(f"{name}: {error}", flush=True)

    def text(self) -> str:
        now, samples = time.monotonic(), []
        for name, part in self._wanted.items():
            at, found = self._last.get(name, (float("-inf"), []))
            fresh = now - at <= STALE * part.every + GRACE
            samples += [
                Sample("dockyard_collector_up", fresh, {"collector": name}),
                *(found if fresh else []),
            ]
        return text(samples)


class Server(ThreadingHTTPServer):
    """Answers a few at once; the next ones are turned away."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(
        self, family: socket.AddressFamily, port: int, gathered: Gathered, room: threading.Semaphore
    ) -> None:
        self.address_family, self.gathered, self.room = family, gathered, room
        super().__init__((LOOPBACK[family], port), Handler)

    def server_bind(self) -> None:
        """Without the search for a name of the host, which a slow DNS would delay."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = NAMES[0], int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault of this service."""


class Handler(BaseHTTPRequestHandler):
    """GET /metrics."""

    server: Server
    timeout = SECONDS
    server_version, sys_version = "dockyard", ""

    def do_GET(self) -> None:
        # A page in somebody's browser must not read it by a name of its own that leads to loopback.
        if _name(self.headers.get("Host", "")) not in NAMES:
            self._answer(403, "ask by the name localhost\n")
        elif self.path.partition("?")[0] != "/metrics":
            self._answer(404, "only /metrics is here\n")
        else:
            self._answer(200, self.server.gathered.text())

    do_HEAD = do_GET

    def _answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", CONTENT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Scrapes are no news."""


def _name(host: str) -> str:
    """Without the port and without the brackets of IPv6."""
    return host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]


def serve(settings: Settings) -> None:
    """Until it is stopped. Raises OpsError where there is nothing to serve, or no address to serve it at."""
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gathered, room = Gathered(parts(_with_metrics(settings))), threading.Semaphore(AT_ONCE)
    servers = list(_servers(settings.metrics["port"], gathered, room))
    gathered.start()
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def _servers(port: int, gathered: Gathered, room: threading.Semaphore) -> Iterator[Server]:
    """The first one is needed; a host may be without IPv6, or have given that port of it to somebody else."""
    for family, address in LOOPBACK.items():
        try:
            yield Server(family, port, gathered, room)
        except OSError as error:
            told = f"{address} port {port}: {error.strerror or error}"
            if family == socket.AF_INET:
                raise OpsError(told, "set another port") from None
            print(told, flush=True)


def _with_metrics(settings: Settings) -> Settings:
    if not settings.metrics:
        raise OpsError(
            "this registry has no metrics", 'set metrics: {"port": 9180} in its stack, then run `dockyard up`'
        )
    return settings


def asked(settings: Settings) -> str:
    """What a scrape gives now. Raises OpsError where nobody answers."""
    port = _with_metrics(settings).metrics["port"]
    connection = http.client.HTTPConnection("localhost", port, timeout=SECONDS)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException) as error:
        raise OpsError(f"nobody answers at localhost port {port}: {error}", "run `dockyard doctor`") from None
    finally:
        connection.close()
