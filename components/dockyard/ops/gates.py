"""Other firewalls of the host: firewalld, which Fedora, RHEL and their like begin with, and Ubuntu's ufw. They decide beside ours."""

import ipaddress
import os
import re
import subprocess
from collections.abc import Callable, Iterable

from dockyard.ops.ports import Address
from dockyard.ops.verdict import Verdict, ok, skipped, warning

NAME = "other firewalls"
SECONDS = 15.0
SERVICES = {443: "https", 80: "http"}
"""What firewalld calls a port that it also knows by name."""


def gates(addresses: Iterable[Address]) -> Verdict:
    """Whether each lets clients of other machines in where the front listens."""
    wanted = sorted({port for host, port in addresses if not ipaddress.ip_address(host).is_loopback})
    if not wanted:
        return ok(NAME, "the front listens on loopback alone")
    if os.geteuid() != 0:
        return skipped(NAME, "only root may ask them", "sudo dockyard doctor")
    seen = [name for name, (runs, _, _) in KINDS.items() if runs()]
    for name in seen:
        _, opened, hint = KINDS[name]
        if shut := [port for port in wanted if not opened(port)]:
            names = ", ".join(f"{port}/tcp" for port in shut)
            return warning(NAME, f"{name} runs and lets nobody in at {names}", hint(shut))
    return ok(NAME, f"{' and '.join(seen)} let clients in" if seen else "neither firewalld nor ufw runs")


def _firewalld_runs() -> bool:
    return _said("firewall-cmd", "--state").strip() == "running"


def _firewalld_opens(port: int) -> bool:
    asked = [f"--query-port={port}/tcp"]
    asked += [f"--query-service={SERVICES[port]}"] if port in SERVICES else []
    return any(_said("firewall-cmd", question).strip() == "yes" for question in asked)


def _firewalld_hint(ports: list[int]) -> str:
    named = " ".join(f"--add-port={port}/tcp" for port in ports)
    return f"sudo firewall-cmd --permanent {named} && sudo firewall-cmd --reload"


def _ufw_runs() -> bool:
    return "Status: active" in _said("ufw", "status")


def _ufw_opens(port: int) -> bool:
    return ufw_opens(_said("ufw", "status", "verbose"), port)


def ufw_opens(status: str, port: int) -> bool:
    """status: what `ufw status verbose` prints, such as `80,443/tcp (Nginx Full)  ALLOW IN  Anywhere`."""
    if "Default: allow (incoming)" in status:
        return True
    rules = (line.split() for line in status.splitlines() if re.search(r"\b(ALLOW|LIMIT) IN\b", line))
    return any(_holds(rule[0], port) for rule in rules)


def _holds(place: str, port: int) -> bool:
    ports, _, protocol = place.partition("/")
    if ports == "Anywhere":
        return True
    if protocol not in ("", "tcp") or not re.fullmatch(r"[\d,:]+", ports):
        return False
    ranges = [part.partition(":") for part in ports.split(",")]
    return any(int(first) <= port <= int(last or first) for first, _, last in ranges)


def _ufw_hint(ports: list[int]) -> str:
    return " && ".join(f"sudo ufw allow {port}/tcp" for port in ports)


KINDS: dict[str, tuple[Callable[[], bool], Callable[[int], bool], Callable[[list[int]], str]]] = {
    "firewalld": (_firewalld_runs, _firewalld_opens, _firewalld_hint),
    "ufw": (_ufw_runs, _ufw_opens, _ufw_hint),
}
"""Name -> whether it runs, whether it lets a port be reached, and how to have it do so."""


def _said(*command: str) -> str:
    """ "" of a program that is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout
