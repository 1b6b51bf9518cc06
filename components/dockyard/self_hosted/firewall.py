"""The setting `firewall`: from where the registry may be reached."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass

from dockyard.errors import DockyardError
from dockyard.reader import Reader
from dockyard.rendering import render_template

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_EXAMPLE = 'addresses and networks, such as ["10.0.0.0/8", "2001:db8::/32"]'


@dataclass(frozen=True)
class Firewall:
    """Networks from which the registry's port may be reached; this host always may."""

    allow_from: tuple[str, ...]
    confirm_seconds: int = 0
    """New rules are taken back unless they are confirmed within so many seconds; 0 for rules that stay."""

    def allowed(self, version: int) -> list[str]:
        """Those of IPv4 or IPv6."""
        return [text for text in self.allow_from if ipaddress.ip_network(text).version == version]


def read_firewall(settings: Reader) -> Firewall | None:
    """None where the port is open to whoever reaches the host."""
    value = settings.get("firewall")
    if not value:
        return None
    reader = Reader(value, settings.problems, "firewall")
    given = reader.texts("allow_from", ())
    if not given:
        reader.problem("allow_from", "must name at least one network", _EXAMPLE)
    networks = [_network(reader, f"allow_from/{index}", text) for index, text in enumerate(given)]
    seconds = reader.integer("confirm_seconds", 0, 0, 3600)
    reader.finish()
    return Firewall(tuple(sorted({text for text in networks if text})), seconds)


def _network(reader: Reader, path: str, text: str) -> str:
    """As nftables writes it; "" for none."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        reader.problem(path, f"is no network: {error}", _EXAMPLE)
        return ""
    if not network.prefixlen:
        reader.problem(path, f"is everybody: {text}", "leave `firewall` out for a port that is open to all")
        return ""
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        reader.problem(path, f"is an IPv4 address in IPv6's form: {text}", "write it as IPv4")
        return ""
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


def table_name(instance: str) -> str:
    """nftables' name of an instance's own table."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", instance)
    return f"dockyard_{plain}_{hashlib.sha256(instance.encode()).hexdigest()[:6]}"


def rules(firewall: Firewall, instance: str, port: int) -> str:
    """What `nft -f` reads."""
    allowed = {version: firewall.allowed(version) for version in (4, 6)}
    return render_template("nftables/firewall.nft.j2", table=table_name(instance), port=port, allowed=allowed)


def refuse_without_root(firewall: Firewall | None, root: bool) -> None:
    """Raises DockyardError where nobody could load the rules."""
    if firewall and not root:
        raise DockyardError(
            "firewall: only root can load rules into the kernel", "run it as root, or leave `firewall` out"
        )
