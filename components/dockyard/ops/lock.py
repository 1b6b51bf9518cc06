"""One operation at a time on an instance: backup, restore, the snapshot phase of a drill."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from dockyard.ops.errors import OpsError


class Busy(OpsError):
    """Another operation holds the lock."""


@contextlib.contextmanager
def locked(folder: Path, what: str, name: str = "lock", seconds: float = 0.0) -> Iterator[None]:
    """Holds `folder/name` (flock(2), so that a kill releases it) while the body runs, and writes there who does.

    seconds: how long to wait for another holder; the default does not wait. Raises Busy, naming the holder.
    """
    path = folder / name
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    belongs(descriptor, folder)
    deadline = time.monotonic() + seconds
    try:
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                raise Busy(f"busy: {_holder(descriptor)} holds {path}", "try again when it has ended")
            time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        # Who holds it is for people; on a full disk the lock is held all the same.
        with contextlib.suppress(OSError):
            os.pwrite(descriptor, f"{what} (pid {os.getpid()}, since {started})\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def belongs(descriptor: int, folder: Path) -> None:
    """What root makes belongs to the folder's owner, who has to use it too."""
    if os.geteuid() == 0:
        status = folder.stat()
        os.fchown(descriptor, status.st_uid, status.st_gid)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another operation"
