"""Where things of one registry stand on its host."""

import hashlib
from dataclasses import dataclass

from dockyard.self_hosted.facts import HostFacts

LONGEST_SOCKET = 107
"""Bytes that Linux allows in the path of a unix socket (sun_path less its closing zero)."""


@dataclass(frozen=True)
class Paths:
    """The folders of one instance, and the files that more than one program names."""

    etc: str
    data: str
    log: str
    run: str
    """On memory-backed storage: sockets, process ids, the read-only switch."""
    store: str
    """The images: what the registry calls its root directory."""

    @property
    def front(self) -> str:
        """NGINX's configuration folder; every name in nginx.conf is relative to it."""
        return f"{self.etc}/front"

    @property
    def registry(self) -> str:
        """What a registry without a front reads in its place: passwords, certificate and key."""
        return f"{self.etc}/registry"

    @property
    def registry_socket(self) -> str:
        return f"{self.run}/registry/registry.sock"

    @property
    def password_socket(self) -> str:
        return f"{self.run}/front/passwords.sock"

    @property
    def status_socket(self) -> str:
        """Where NGINX tells how many connections it has, for metrics."""
        return f"{self.run}/front/status.sock"

    @property
    def credentials(self) -> str:
        """The cache of verified credentials."""
        return f"{self.run}/front/credentials"

    @property
    def pages(self) -> str:
        """The status pages."""
        return f"{self.data}/status"

    @property
    def read_only(self) -> str:
        """While this file exists, writes are answered 503: the switch for maintenance."""
        return f"{self.run}/read-only"

    @property
    def full(self) -> str:
        """While this file exists, new uploads are answered 507: the store's disk is nearly full."""
        return f"{self.run}/registry/full"

    @property
    def acme(self) -> str:
        """What ACME gives belongs to the operations, and is no part of the bundle."""
        return f"{self.data}/acme"


def instance_paths(facts: HostFacts, instance: str, storage: str | None = None) -> Paths:
    """instance: names this registry on the host. storage: the store's folder; default: below the data folder."""
    if facts.root:
        etc, data, log = (f"/{base}/dockyard/{instance}" for base in ("etc", "var/lib", "var/log"))
        run = f"{facts.memory_dir}/dockyard/{instance}"
    else:
        etc, data, log = (f"{facts.state_dir}/{instance}/{base}" for base in ("etc", "data", "log"))
        # A state folder deep below a home folder would make socket paths too long; its digest keeps instances apart.
        run = f"{facts.memory_dir}/dockyard-{hashlib.sha256(etc.encode()).hexdigest()[:12]}"
    return Paths(etc=etc, data=data, log=log, run=run, store=storage or f"{data}/registry")
