"""Nodes that pull with an identity of their own."""

from dataclasses import dataclass

from dockyard.kubernetes.kinds import read_kind, read_role
from dockyard.reader import Reader


@dataclass(frozen=True)
class NodeIdentity:
    """kind: whose registry. role: what the nodes' identity needs."""

    kind: str
    role: str


def read_node_identity(reader: Reader) -> NodeIdentity:
    """Collects what is wrong with it in the reader."""
    kind = read_kind(reader)
    found = NodeIdentity(kind, read_role(reader, kind))
    reader.finish()
    return found
