"""Uploads that nobody will end: below `repositories/NAME/_uploads`, a folder each.

The registry drops them by the time in `startedat`; one where that is empty or missing stays for ever. Here the files' own times
count. On a full disk every upload goes: none could go on, and together they are what keeps the disk full.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dockyard.ops.links import names

AGE = 24 * 3600.0
"""As in the registry's own configuration (`uploadpurging`)."""
RESERVE = 64 << 20
SHARE = 20


class Swept(NamedTuple):
    uploads: int
    bytes: int


def sweep(tree: Path) -> Swept:
    """Removes abandoned uploads. Nothing may be written meanwhile: the front is closed and the registry is quiet."""
    latest = time.time() + 1 if full(tree) else time.time() - AGE
    count = size = 0
    for upload in uploads(tree):
        files = [path for path in upload.rglob("*") if path.is_file()]
        if max(path.lstat().st_mtime for path in (upload, *files)) < latest:
            size += sum(path.stat().st_size for path in files)
            shutil.rmtree(upload)
            count += 1
    return Swept(count, size)


def full(tree: Path) -> bool:
    """Whether less is free than 64 MiB, or than a twentieth of a small disk."""
    usage = shutil.disk_usage(tree)
    return usage.free < min(RESERVE, usage.total // SHARE)


def uploads(tree: Path) -> Iterator[Path]:
    """Folders of uploads, in repositories without images too."""
    pending = [tree / "repositories"]
    while pending:
        folder = pending.pop()
        for name in names(folder):
            if not name.startswith("_"):
                pending.append(folder / name)
            elif name == "_uploads":
                yield from (folder / name / upload for upload in names(folder / name))
