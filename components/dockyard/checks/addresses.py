"""Addresses that a service listens on."""

import ipaddress
from collections.abc import Iterable


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return None


def everywhere(address: str) -> bool:
    """Whether it stands for every address of the host."""
    found = _parsed(address)
    return found is not None and found.is_unspecified


def beyond_loopback(listen: Iterable[str]) -> bool:
    """Whether other machines may reach one of these; so may what is no address."""
    return any(found is None or not found.is_loopback for found in map(_parsed, listen))
