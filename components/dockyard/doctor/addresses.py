"""The addresses that a name leads to."""

import ipaddress
import socket
from collections.abc import Sequence

from dockyard.ops.verdict import Verdict, failure, ok, warning

NAME = "dns"
GONE = (socket.EAI_AGAIN, getattr(socket, "EAI_FAIL", -4))


def resolve(host: str) -> tuple[str, ...]:
    """Every address, in the order that the system prefers. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def judge(host: str, found: Sequence[str], here: bool) -> Verdict:
    """here: whether the name is meant for this machine."""
    addresses = [ipaddress.ip_address(it.partition("%")[0]) for it in found]
    shown = f"{host}: {', '.join(found)}"
    empty = [str(it) for it in addresses if it.is_unspecified]
    loops = [str(it) for it in addresses if it.is_loopback]
    if empty:
        return failure(
            NAME, f"{shown}; {empty[0]} is no address of a host: a filter answers so", f"getent ahosts {host}"
        )
    if loops and not here:
        return warning(
            NAME, f"{shown}: that is this machine, for every client another one", f"grep -n {host} /etc/hosts"
        )
    if len({it.is_private for it in addresses}) > 1:
        evidence = f"{shown}: some of the private network, some public; who gets which?"
        return warning(NAME, evidence, f"getent ahosts {host}")
    return ok(NAME, shown)


def judge_error(host: str, error: socket.gaierror) -> Verdict:
    """Whether the name is not there, or nobody answers for names."""
    if error.errno in GONE:
        evidence = f"{host}: no name server answers ({error.strerror})"
        return failure(NAME, evidence, "cat /etc/resolv.conf; resolvectl status")
    return failure(NAME, f"{host} does not resolve ({error.strerror})", f"getent ahosts {host}")
