"""Whether a TCP connection comes about, at each address."""

import errno
import ipaddress
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from dockyard.ops.verdict import Verdict, failure, ok, warning

NAME = "connect"
SECONDS = 5.0
REFUSED, SILENT, UNREACHABLE = "refused", "no answer", "no way there"
CAUSES = {errno.ECONNREFUSED: REFUSED, errno.ETIMEDOUT: SILENT}
CAUSES |= dict.fromkeys((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL), UNREACHABLE)


def connect(address: str, port: int, seconds: float = SECONDS) -> str:
    """ "" where it comes about, else why not. An address may have its zone: fe80::1%eth0."""
    try:
        socket.create_connection((address, port), seconds).close()
    except TimeoutError:
        return SILENT
    except OSError as error:
        return CAUSES.get(error.errno or 0, error.strerror or str(error))
    return ""


def look(addresses: tuple[str, ...], port: int) -> dict[str, tuple[str, float]]:
    """Each address to why it failed and how long it took, all of them at once."""

    def one(address: str) -> tuple[str, float]:
        started = time.monotonic()
        return connect(address, port), time.monotonic() - started

    with ThreadPoolExecutor(max(1, len(addresses))) as pool:
        return dict(zip(addresses, pool.map(one, addresses), strict=True))


def judge(host: str, port: int, found: Mapping[str, tuple[str, float]]) -> Verdict:
    good = {it: seconds for it, (cause, seconds) in found.items() if not cause}
    bad = {it: cause for it, (cause, _) in found.items() if cause}
    told = ", ".join(f"{it}: {cause}" for it, cause in bad.items())
    if not good:
        return failure(NAME, f"port {port} of {host}: {told}; {_meaning(bad)}", _next(host, port, bad))
    reached = ", ".join(f"{it} in {1000 * seconds:.0f} ms" for it, seconds in good.items())
    if not bad:
        return ok(NAME, f"port {port}: {reached}")
    if all(ipaddress.ip_address(it.partition("%")[0]).is_loopback for it in bad) and set(bad.values()) == {
        REFUSED
    }:
        return ok(NAME, f"port {port}: {reached}; {told}, and clients go on to the next")
    return warning(NAME, f"port {port}: {reached}; but {told}", _next(host, port, bad))


def _meaning(bad: Mapping[str, str]) -> str:
    causes = set(bad.values())
    if causes == {REFUSED}:
        return "the host is there and nobody listens, or a firewall rejects"
    if SILENT in causes:
        return "a firewall or a security group drops it, or the host is down"
    return "this machine has no route there"


def _next(host: str, port: int, bad: Mapping[str, str]) -> str:
    address = next(iter(bad))
    if bad[address] == REFUSED:
        return f"sudo ss -ltnp 'sport = :{port}'  # on {host}"
    if bad[address] == SILENT:
        return f"sudo nft list ruleset  # on {host}; or its security group"
    return f"ip route get {address}"
