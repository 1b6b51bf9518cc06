"""Where a pull secret goes, and who uses it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dockyard.kubernetes.names import read_accounts, read_name, read_namespaces
from dockyard.reader import Reader

DEFAULT_NAME = "registry-pull"


@dataclass(frozen=True)
class Target:
    """One name of a Secret in several namespaces, and the service accounts there that use it."""

    secret: str
    namespaces: tuple[str, ...]
    accounts: tuple[str, ...]
    labels: Mapping[str, str]


def read_target(reader: Reader, labels: Mapping[str, str], longest_name: int = 253) -> Target:
    """Out of `name`, `namespaces` and `service_accounts`."""
    name = read_name(reader, "name", DEFAULT_NAME, longest_name)
    return Target(name, read_namespaces(reader), read_accounts(reader), labels)
