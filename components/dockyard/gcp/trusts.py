"""Which CI is let in, and through which pool."""

import re
from collections.abc import Sequence

from dockyard.errors import Problem
from dockyard.gcp.repositories import SEPARATE, GoogleRepository
from dockyard.reader import Reader
from dockyard.trust.gcp import refusals
from dockyard.trust.read import read_trusts
from dockyard.trust.trust import Trust

_POOL = re.compile(r"(?!gcp-)[a-z0-9-]{4,32}")


def read_ci_trust(reader: Reader, repositories: Sequence[GoogleRepository]) -> tuple[Trust, ...]:
    """The trusts, sorted by name. Where one repository holds all keys, a trust is for all of them."""
    keys = [key for repository in repositories for key in repository.keys]
    trusts = read_trusts(reader, keys, refusals)
    if any(not repository.key for repository in repositories):
        for trust in (trust for trust in trusts if set(trust.repositories) < set(keys)):
            reader.problems.append(
                Problem(f"{trust.path}/push", "names some of the repositories only", SEPARATE)
            )
    return trusts


def read_pool(reader: Reader, default: str) -> str:
    """The pool's id. Source: "Manage workload identity pools and providers"."""
    pool = reader.text("pool_id", default)
    if reader.get("ci_trust") and not _POOL.fullmatch(pool):
        hint = "4 to 32 lower-case letters, digits and `-`, not beginning with gcp-; set pool_id"
        reader.problem("pool_id", f"is not a pool's id: {pool!r}", hint)
    return pool
