"""Environment variables that send a client's requests to a proxy; those of Docker's daemon are its own."""

import ipaddress
from collections.abc import Mapping

from dockyard.ops.verdict import Verdict, ok, warning

NAME = "proxy variables"
KEYS = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
PLAIN_KEYS = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def judge(environment: Mapping[str, str], host: str, plain: bool) -> Verdict:
    keys = [key for key in (PLAIN_KEYS if plain else KEYS) if environment.get(key)]
    if not keys:
        return ok(NAME, "none is set here")
    excluded = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if bypassed(host, excluded):
        return ok(NAME, f"{keys[0]} is set, and NO_PROXY leaves out {host}")
    evidence = f"{keys[0]} sends what goes to {host} through {_without_login(environment[keys[0]])}; this doctor asks directly"
    both = f"{excluded},{host}" if excluded else host
    return warning(NAME, evidence, f"export NO_PROXY={both} no_proxy={both}")


def bypassed(host: str, excluded: str) -> bool:
    """As Go's clients read NO_PROXY (golang's x/net/http/httpproxy): names with what is below them, addresses, networks, or *."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if host == "localhost" or (address and address.is_loopback):
        return True
    for entry in (it.strip().lower() for it in excluded.split(",")):
        if entry == "*":
            return True
        if address is None:
            name = entry.partition(":")[0].removeprefix("*").removeprefix(".")
            if name and (host.lower() == name or host.lower().endswith(f".{name}")):
                return True
        elif _holds(entry, address):
            return True
    return False


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _without_login(address: str) -> str:
    """A proxy's address may hold a password."""
    scheme, mark, rest = address.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
