"""Lines of a program: where a resource is registered, where an error was raised."""

import json
import urllib.parse
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

METADATA = "dockyard-source-bin"
"""The metadata of a logged error that names the line: JSON, a list of file (relative to the project) and line.
run_program.py sends it.
"""


class Source(NamedTuple):
    """A line, counted from 1, of a file."""

    file: str
    line: int

    def within(self, root: Path) -> "Source | None":
        """The same with its file relative to a folder, None where it is not in it."""
        try:
            return Source(Path(self.file).relative_to(root).as_posix(), self.line)
        except ValueError:
            return None


def from_uri(uri: str, line: int) -> Source:
    """The source of a registration's `sourcePosition` (a file:// URI)."""
    path = urllib.parse.unquote(urllib.parse.urlsplit(uri).path)
    return Source(str(Path(path)), max(line, 1))


def from_metadata(metadata: Iterable[tuple[str, bytes | str]]) -> Source | None:
    """The source that came with a logged message."""
    found = dict(metadata).get(METADATA)
    return Source(*json.loads(found)) if found else None
