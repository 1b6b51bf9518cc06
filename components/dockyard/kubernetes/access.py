"""The one way to pull that is chosen."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dockyard.errors import Problem, ProblemsError
from dockyard.kubernetes.external_secrets import ExternalSecrets, read_external_secrets
from dockyard.kubernetes.names import read_labels
from dockyard.kubernetes.node_identity import NodeIdentity, read_node_identity
from dockyard.kubernetes.refresher import Refresher, read_refresher
from dockyard.kubernetes.static import Static, read_static
from dockyard.kubernetes.workload_identity import WorkloadIdentity, read_workload_identity
from dockyard.reader import Reader

WAYS = ("node_identity", "workload_identity", "external_secrets", "refresher", "static")
"""From the best to the last resort."""
Access = NodeIdentity | WorkloadIdentity | ExternalSecrets | Refresher | Static


def read_access(values: Mapping[str, Any], subject: str, name: str, now: datetime | None = None) -> Access:
    """The settings of the way that is chosen. name: the component's.

    Raises ProblemsError, with `subject` in its first line, for everything wrong with them.
    """
    problems: list[Problem] = []
    reader = Reader(values, problems)
    labels = read_labels(reader)
    chosen = [way for way in WAYS if reader.get(way) is not None]
    reader.finish()
    if len(chosen) != 1:
        found = " and ".join(chosen) or "none"
        problems.append(Problem("access", f"must be one of {', '.join(WAYS)}, got {found}"))
        raise ProblemsError(subject, problems)
    access = _read(
        chosen[0], Reader(values[chosen[0]], problems, chosen[0]), labels, now or datetime.now(UTC)
    )
    if isinstance(access, WorkloadIdentity) and re.search(r"[/%]", name):
        problems.append(Problem("name", f"must not have a slash or a percent sign here: {name!r}"))
    if problems:
        raise ProblemsError(subject, sorted(problems, key=lambda problem: problem.path))
    return access


def _read(way: str, reader: Reader, labels: dict[str, str], now: datetime) -> Access:
    match way:
        case "node_identity":
            return read_node_identity(reader)
        case "workload_identity":
            return read_workload_identity(reader, labels)
        case "external_secrets":
            return read_external_secrets(reader, labels)
        case "refresher":
            return read_refresher(reader, labels)
        case _:
            return read_static(reader, labels, now)
