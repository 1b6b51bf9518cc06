"""Which repository refers to which blob: how much images share, and what none needs, told of a store of any size.

Kept in a database without a name: SQLite puts what is more than some memory into a file that is gone with this process.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

MEMORY_KIB = 16 << 10


class Shares(NamedTuple):
    """blobs, bytes: of the repositories together, each blob once. own: repository to the bytes that none of the others refers to."""

    blobs: int
    bytes: int
    own: dict[int, int]


class Tally:
    """Blobs by the number of the repository that refers to them."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in (
            f"PRAGMA cache_size = -{MEMORY_KIB}",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE refers (blob TEXT, repository INTEGER, size INTEGER, PRIMARY KEY (blob, repository)) WITHOUT ROWID",
            "CREATE TABLE seen (repository INTEGER PRIMARY KEY)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def add(self, repository: int, sizes: Mapping[str, int]) -> None:
        rows = ((blob, repository, size) for blob, size in sizes.items())
        self._database.executemany("INSERT OR REPLACE INTO refers VALUES (?, ?, ?)", rows)

    def shares(self, repositories: Iterable[int]) -> Shares:
        """Among these repositories alone: what others share with them is not told."""
        self._database.execute("DELETE FROM seen")
        self._database.executemany("INSERT INTO seen VALUES (?)", ((it,) for it in repositories))
        blobs = size = 0
        own: dict[int, int] = {}
        for count, one, repository in self._database.execute(
            "SELECT COUNT(*), MAX(size), MIN(repository) FROM refers JOIN seen USING (repository) GROUP BY blob"
        ):
            blobs, size = blobs + 1, size + one
            if count == 1:
                own[repository] = own.get(repository, 0) + one
        return Shares(blobs, size, own)

    def close(self) -> None:
        self._database.close()
