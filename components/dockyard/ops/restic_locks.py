"""Locks that a killed restic has left in its repository.

`restic unlock` asks whether a lock's process lives by sending SIGHUP to its number, whoever has that now: a program of ours could be
ended by it, and a lock whose number is taken again, or has not been waited for, would stay for half an hour. So they are judged here.
"""

import datetime
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OLD = datetime.timedelta(minutes=30)
"""restic writes the lock of a long run anew every five minutes, and takes one of this age for left itself."""


def left(lock: Mapping[str, Any], now: datetime.datetime) -> bool:
    """lock: as `restic cat lock` shows it. now: with a time zone."""
    if now - datetime.datetime.fromisoformat(lock["time"]) > OLD:
        return True
    return lock["hostname"] == os.uname().nodename and not _may_run(int(lock["pid"]))


def _may_run(pid: int) -> bool:
    """Whether the process may be a restic: one that this account is not shown may."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        return b"restic" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True
