"""Where a stack's parts are in a file backend, and its state file read.

Layout as in Pulumi's `pkg/backend/diy` (state.go, store.go), with one more file: a journal beside a large
state (journal.py).
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dockyard.engine import document
from dockyard.engine.document import Document
from dockyard.engine.project import check_project_name, check_stack_name
from dockyard.errors import DockyardError

ORGANIZATION: Final = "organization"


@dataclass(frozen=True, slots=True)
class Files:
    """Where a stack's parts are."""

    stack: str
    state: Path
    history: Path
    backups: Path
    locks: Path

    @property
    def journal(self) -> Path:
        return self.state.with_name(f"{self.state.name}.journal")

    @property
    def backup(self) -> Path:
        return self.state.with_name(f"{self.state.name}.bak")

    @property
    def compressed(self) -> Path:
        return self.state.with_name(f"{self.state.name}.gz")

    @classmethod
    def of(cls, book: Path, project: str, stack: str) -> "Files":
        """The files of a stack below a `.pulumi` folder. Raises DockyardError for bad names."""
        inner = Path(check_project_name(project)) / check_stack_name(stack)
        return cls(
            stack=f"{ORGANIZATION}/{project}/{stack}",
            state=book / "stacks" / project / f"{stack}.json",
            history=book / "history" / inner,
            backups=book / "backups" / inner,
            locks=book / "locks" / ORGANIZATION / inner,
        )

    def read(self) -> bytes | None:
        """The bytes of the state file, None where there is none.

        The newer one of plain and compressed, as for the CLI. Raises DockyardError where it cannot be read.
        """
        found = [path for path in (self.state, self.compressed) if path.exists()]
        if not found:
            zstd = self.state.with_name(f"{self.state.name}.zst")
            if zstd.exists():
                raise DockyardError(
                    f"{zstd}: zstd is not supported", "write it once with the Pulumi CLI, without compression"
                )
            return None
        path = max(found, key=lambda path: path.stat().st_mtime_ns)
        try:
            text = path.read_bytes()
            return gzip.decompress(text) if path == self.compressed else text
        except (OSError, EOFError, zlib.error) as error:
            raise self.damaged(path, str(error)) from error

    def parse(self, text: bytes) -> Document:
        """The content of the state file. Raises DockyardError that names it and its backups."""
        try:
            return document.parse(text)
        except DockyardError as error:
            if error.hint:
                raise DockyardError(
                    f"the state {self.state} cannot be used: {error.message}", error.hint
                ) from error
            raise self.damaged(self.state, error.message) from error

    @contextmanager
    def mended_by_backups(self) -> Iterator[None]:
        """An error in the state's content names the file and its backups, but where it has a hint of its own."""
        try:
            yield
        except DockyardError as error:
            if error.hint:
                raise
            raise self.damaged(self.state, error.message) from error

    def damaged(self, path: Path, why: str) -> DockyardError:
        """The error for a state file that cannot be used."""
        kept = [self.backup, *sorted(self.backups.glob("*.json"), reverse=True)[:1]]
        kept = [file for file in kept if file.exists()]
        hint = (
            f"copy a backup over it: {' or '.join(map(str, kept))}"
            if kept
            else "there is no backup beside it"
        )
        return DockyardError(f"the state file {path} is damaged: {why}; nothing was changed", hint)
