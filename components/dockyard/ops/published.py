"""A front whose ports Docker publishes, and a registry that nobody reaches but through it."""

import socket
from collections.abc import Iterable

from dockyard.ops import healthz
from dockyard.ops.ports import NAME, reachable
from dockyard.ops.verdict import Verdict, failure, ok

SECONDS = 5.0
GOOD = 200


def ports(listen: Iterable[str]) -> Verdict:
    """listen: `address:port`. No process of the front's holds the port: Docker does, so it is asked whether anybody answers."""
    silent = [address for address in listen if not _answers(reachable(address))]
    if silent:
        return failure(NAME, f"nobody answers on {', '.join(silent)}", "docker ps, and: ss -ltnp")
    return ok(
        NAME, "Docker takes connections on all addresses of the front; `certificate` says whose they are"
    )


def _answers(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, SECONDS):
            return True
    except OSError:
        return False


def answers(listen: str, domain: str, log: str) -> Verdict:
    """Asked through the front: the registry has no other door."""
    name = "registry answers"
    try:
        status, _ = healthz.look(reachable(listen), domain)
    except OSError as error:
        return failure(name, f"the front does not answer on {listen}: {error.strerror or error}", log)
    if status != GOOD:
        return failure(name, f"through the front on {listen}: {status}", log)
    return ok(name, f"through the front on {listen}: {status}")
