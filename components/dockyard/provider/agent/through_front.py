"""Whether the front lets clients through to the registry: asked as anybody could, without a password."""

import http.client
from collections.abc import Iterator, Sequence

from dockyard.ops import ports
from dockyard.ops.sample import Sample
from dockyard.ops.scratch import Client
from dockyard.ops.settings import Settings
from dockyard.ops.unverified import connected

SECONDS, FEW = 30.0, 20
UNTRUSTED = 401


class _Connection(http.client.HTTPConnection):
    def __init__(self, address: tuple[str, int], domain: str) -> None:
        super().__init__(domain, timeout=SECONDS)
        self._address = address

    def connect(self) -> None:
        self.sock = connected(self._address, self.host, SECONDS)


def not_let_through(settings: Settings, sample: Sample, known: Sequence[str]) -> list[str]:
    """What is answered as it must not be: a manifest either asks for a password, or is the right one.

    known: what was not served before either.
    """
    looks_at = settings.looks_at
    whole = [it for it in sample.manifests if not any(text.startswith(f"{it[2]}: ") for text in known)]
    client = Client(_Connection(ports.reachable(looks_at["listen"][0]), looks_at["domain"]))
    try:
        return list(_wrong(client, whole[:FEW]))
    finally:
        client.close()


def _wrong(client: Client, manifests: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    status, _ = client.ask("GET", "/healthz")
    if status != 200:
        yield f"the front answers /healthz with {status or 'nothing'}, not 200"
    status, headers = client.ask("GET", "/v2/")
    if status != 200 and not (status == UNTRUSTED and "www-authenticate" in headers):
        yield f"the front answers /v2/ with {status or 'nothing'}, and asks for no password"
    for path, digest, name in manifests:
        status, got = client.pull(f"/v2/{path}", digest.partition(":")[0])
        if status != UNTRUSTED and (status, got) != (200, digest):
            yield f"{name}: the front answers its manifest with {status or 'nothing'}, or other bytes"
