"""The watch over the store's disk: before it is full, new uploads are refused (507), while pulls and deletes go on.

A disk that is full to the last byte tears what is being written, and leaves no room to delete: collecting garbage needs some.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass

from dockyard.ops.children import end_with_parent
from dockyard.ops.settings import Settings

LOOK_SECONDS = 1.0
MOST = 20 << 30
"""Bytes that a share of a large disk comes to at most."""
AGAIN = 1.25
"""Uploads are let in again when so many times the reserve is free: not off and on with each one."""


@dataclass(frozen=True)
class Disk:
    """Bytes of a disk: all, and those that users other than root may still take."""

    total: int
    free: int


def disk(settings: Settings) -> Disk:
    found = os.statvfs(settings.store)
    return Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)


def reserve(percent: int, size: int, total: int) -> int:
    """Bytes that uploads may not take."""
    return min(total * percent // 100, MOST) if percent else size


def full(now: Disk, kept: int, was: bool) -> bool:
    """Whether uploads are to be refused. was: whether they are."""
    return now.free < kept * (AGAIN if was else 1)


def look(settings: Settings) -> str:
    """Sets or removes the front's switch; gives what is to be told, "" where nothing has changed."""
    was, now = settings.full.exists(), disk(settings)
    kept = reserve(settings.reserve_percent, settings.reserve_bytes, now.total)
    if full(now, kept, was) == was:
        return ""
    if was:
        settings.full.unlink(missing_ok=True)
    else:
        settings.full.touch(0o644)
    what = "let in again" if was else "refused; `dockyard gc` and retention make room"
    return f"{now.free >> 20} MiB are free, the reserve is {kept >> 20} MiB: uploads are {what}"


def watch(settings: Settings) -> None:
    """Looks once a second, until it is stopped. A front without anybody to watch the disk takes uploads."""
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            if told := look(settings):
                print(told, flush=True)
            time.sleep(LOOK_SECONDS)
    finally:
        settings.full.unlink(missing_ok=True)
