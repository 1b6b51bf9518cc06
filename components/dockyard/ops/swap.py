"""Two folders change places in one step."""

import ctypes
import errno
import os
from pathlib import Path

RENAME_EXCHANGE = 2
AT_FDCWD = -100
NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.EXDEV)
"""This file system cannot exchange; renameat2(2)."""


def put_in_place(new: Path, place: Path, old: Path) -> None:
    """`new` becomes `place`; what was there becomes `old` or `new`. At no time is neither there, where the file system can do that.

    Where it cannot, a kill between two steps leaves `old`: see `recover`.
    """
    os.sync()
    if not place.exists():
        new.rename(place)
    elif not _exchanged(new, place):
        place.rename(old)
        new.rename(place)
    for folder in {new.parent, place.parent}:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def recover(place: Path, old: Path) -> None:
    """Brings back what a kill has left aside."""
    if old.exists() and not place.exists():
        old.rename(place)


def _exchanged(one: Path, other: Path) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(AT_FDCWD, bytes(one), AT_FDCWD, bytes(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))
