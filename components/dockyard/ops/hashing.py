"""Reading every blob of a store and comparing it with its digest: in order, at a rate that leaves the disk to pulls.

A blob that is bad by a first reading may be one that is being written just now: registry:2 writes manifests in place.
"""

import ctypes
import errno
import hashlib
import os
import platform
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dockyard.ops.examine import blob_path
from dockyard.ops.links import DIGEST, names

CHUNK = 1 << 20
GOOD, GONE, BAD, ODD = "good", "gone", "bad", "odd"
"""What a blob is found to be. Odd: nothing that can be read as a file."""
DAMAGED = (errno.EIO, errno.EUCLEAN, errno.EBADMSG, errno.ENODATA)
"""What a disk or a file system says of bytes that are lost."""
NICE = 10
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
WHO_PROCESS, CLASS_IDLE = 1, 3 << 13


class Budget:
    """So many bytes a second. Time that was not used is kept for one spending only: it makes no burst later."""

    def __init__(
        self,
        rate: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._due = clock()

    @property
    def chunk(self) -> int:
        """What may be read at once: no more than a second's worth."""
        return max(1, min(CHUNK, self._rate))

    def spend(self, count: int) -> None:
        """Sleeps until that many more may have been read."""
        now, takes = self._clock(), count / self._rate
        self._due = max(self._due, now - takes) + takes
        if self._due > now:
            self._sleep(self._due - now)


class Found(NamedTuple):
    """kind: good, gone, bad or odd; why: of the last two."""

    kind: str
    why: str = ""
    size: int = 0


def judge(path: Path, digest: str, budget: Budget | None = None) -> Found:
    """Compares a file with its digest, as the disk has it; leaves the memory that it took to what is pulled."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return Found(GONE)
    except OSError as error:
        return Found(ODD, f"cannot be opened: {error.strerror}")
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Found(ODD, "is no file")
        size, got = _hashed(descriptor, digest.partition(":")[0], budget)
    except OSError as error:
        if error.errno not in DAMAGED:
            raise
        return Found(BAD, f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)
    if got != digest:
        return Found(BAD, f"has other bytes ({size} of them)" if size else "is empty", size)
    return Found(GOOD, "", size)


def _hashed(descriptor: int, algorithm: str, budget: Budget | None) -> tuple[int, str]:
    found, size = hashlib.new(algorithm), 0
    _forget(descriptor, 0, 0)
    while chunk := os.read(descriptor, budget.chunk if budget else CHUNK):
        found.update(chunk)
        _forget(descriptor, size, len(chunk))
        size += len(chunk)
        if budget:
            budget.spend(len(chunk))
    return size, f"{algorithm}:{found.hexdigest()}"


def _forget(descriptor: int, start: int, length: int) -> None:
    os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)


class Place(NamedTuple):
    """A folder of a blob: `blobs/ALGORITHM/PREFIX/VALUE`."""

    algorithm: str
    prefix: str
    value: str

    @property
    def digest(self) -> str:
        """ "" for what is no blob's."""
        digest = f"{self.algorithm}:{self.value}"
        return digest if DIGEST.fullmatch(digest) and self.prefix == self.value[:2] else ""


def walk(tree: Path, after: Sequence[str]) -> Iterator[Place]:
    """The folders of blobs in their order, from the one behind `after`."""
    cursor = tuple(after)
    blobs = tree / "blobs"
    for algorithm in sorted(names(blobs)):
        for prefix in sorted(names(blobs / algorithm)):
            if (algorithm, prefix) < cursor[:2]:
                continue
            for value in sorted(names(blobs / algorithm / prefix)):
                if (algorithm, prefix, value) > cursor:
                    yield Place(algorithm, prefix, value)


def batch(tree: Path, after: Sequence[str], rate: int, seconds: float) -> dict[str, Any]:
    """Hashes blobs for so long, at least one; `cursor` is the last one that was. `done`: there is none behind it."""
    found: dict[str, Any] = {"cursor": list(after), "blobs": 0, "bytes": 0, "bad": {}, "odd": [], "stray": []}
    budget, end = Budget(rate), time.monotonic() + seconds
    for place in walk(tree, after):
        if digest := place.digest:
            _add(found, digest, judge(blob_path(tree, digest), digest, budget))
        else:
            found["stray"].append(ascii("blobs/" + "/".join(place)) + " is no folder of a blob")
        found["cursor"] = list(place)
        if time.monotonic() >= end:
            return {**found, "done": False}
    return {**found, "done": True}


def _add(found: dict[str, Any], digest: str, judged: Found) -> None:
    if judged.kind == GONE:
        return
    found["blobs"] += 1
    found["bytes"] += judged.size
    if judged.kind == BAD:
        found["bad"][digest] = judged.why
    elif judged.kind == ODD:
        found["odd"].append(f"{digest}: {judged.why}")


def be_gentle() -> None:
    """Others come first, for the processor and for the disk: where whoever started this has not seen to it."""
    if os.getpriority(os.PRIO_PROCESS, 0) >= NICE:
        return
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    if number := IOPRIO_SET.get(platform.machine()):
        # ioprio_set(2); where it is refused, the budget alone has to do.
        ctypes.CDLL(None).syscall(number, WHO_PROCESS, 0, CLASS_IDLE)
