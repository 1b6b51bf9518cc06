"""Whether the registry's own ports can be reached past its front."""

import contextlib
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dockyard.doctor.target import Target
from dockyard.ops.verdict import Verdict, failure, ok

NAME = "open ports"
PORTS = {5000: "/v2/", 5001: "/metrics"}
"""The registry, and what the image of version 3 shows of itself on every interface."""
SECONDS = 3.0


def look(target: Target, addresses: Sequence[str], ports: dict[int, str] | None = None) -> Verdict:
    wanted = PORTS if ports is None else ports
    places = [(address, port) for address in addresses for port in wanted if port != target.number]
    with ThreadPoolExecutor(max(1, len(places))) as pool:
        found = list(pool.map(lambda place: _open(place[0], place[1], wanted[place[1]]), places))
    told = [text for text in found if text]
    if told:
        return failure(
            NAME, "; ".join(told), f"sudo ss -ltnp  # on {target.host}: bind it to 127.0.0.1, or filter it"
        )
    return ok(NAME, f"neither {' nor '.join(map(str, wanted))} lets anybody in without a login")


def _open(address: str, port: int, path: str) -> str:
    """What is wrong with a port, "" for nothing."""
    shown = f"[{address}]" if ":" in address else address
    with contextlib.suppress(OSError), socket.create_connection((address, port), SECONDS) as plain:
        plain.settimeout(SECONDS)
        plain.sendall(f"GET {path} HTTP/1.0\r\nHost: {shown}\r\n\r\n".encode())
        answer = plain.recv(4096).decode("latin-1")
        if answer.startswith("HTTP/1.") and answer.split()[1:2] == ["200"]:
            if "docker-distribution-api-version" in answer.lower():
                return f"{shown}:{port} is a registry that anybody may use"
            if path == "/metrics" and "# HELP" in answer:
                return f"{shown}:{port} shows the registry's metrics and debugging to anybody"
    return ""
