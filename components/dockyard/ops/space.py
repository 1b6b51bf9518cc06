"""Room on the disks of an instance: bytes and inodes."""

import os
from dataclasses import dataclass
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, warning

GIB = 1 << 30
LOW, LEAST = 0.15, 0.05
"""Shares of a disk that are a warning and a failure."""


@dataclass(frozen=True)
class Room:
    """One disk. inodes: 0 where the file system does not count them."""

    free: int
    total: int
    free_inodes: int
    inodes: int


def room(path: Path) -> Room:
    status = os.statvfs(path)
    size = status.f_frsize
    return Room(status.f_bavail * size, status.f_blocks * size, status.f_favail, status.f_files)


def judge(name: str, path: Path, found: Room) -> Verdict:
    share = found.free / max(found.total, 1)
    inodes = found.free_inodes / found.inodes if found.inodes else 1.0
    evidence = f"{path}: {found.free / GIB:.1f} GiB free ({share:.0%}), inodes {inodes:.0%} free"
    if share < LEAST or inodes < LEAST or found.free < GIB:
        return failure(name, evidence, f"du -xsh {path}; dockyard gc")
    if share < LOW or inodes < LOW:
        return warning(name, evidence, f"du -xsh {path}; dockyard gc")
    return ok(name, evidence)
