"""Files written so that a reader, or a power cut, finds the old content or the new and nothing between."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockyard.errors import DockyardError


def write_atomically(
    path: Path, data: bytes, *, mode: int = 0o600, scratch: Path | None = None, last: bool = True
) -> None:
    """Replace a file by temp + fsync + rename; its folder is made where it is missing.

    mode: permissions of the file. State is its owner's alone by default, as secrets differ from the rest
    only by a passphrase.
    last: also make the rename durable. Without, a power cut may bring the old content back, never a broken one.
    scratch: where the temporary file stands (same filesystem). Default: beside the file. For folders in
    which every file means something.
    Raises DockyardError naming the file where it cannot be written; the old content stays.
    """
    with told(path):
        make_folder(path.parent)
        handle, name = tempfile.mkstemp(prefix=".dockyard-", dir=scratch or path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if last:
            sync_folder(path.parent)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the system refuses (a full disk, missing rights) into a DockyardError that names the file."""
    try:
        yield
    except OSError as error:
        raise DockyardError(f"cannot write {path}: {error.strerror or error}") from error


def sync_folder(path: Path) -> None:
    """Make a rename or a removal in the folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, for their owner alone."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
