"""The files of one log: the one that is written to, and those that were put aside: `audit.log`, `audit.log.20261127T031500.gz`.

The time in a name is when the file was put aside, so each line of it is older, and each line of the next one is not.
"""

import contextlib
import gzip
import io
import os
import re
import zlib
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import strptime
from typing import Protocol

from dockyard.ops.errors import OpsError

STAMP, PACKED = "%Y%m%dT%H%M%S", ".gz"
LONGEST = 256 << 10
"""Bytes of a line. NGINX takes requests whose line is shorter, however it has to be escaped; a longer one is no line of its own."""
CHUNK = 64 << 10
LOOKS = 20
KEPT = 2
"""Files that are read on: the one that is written to, and the last one that was put aside."""
_NAME = re.compile(r"\.(\d{8}T\d{6})")


@dataclass(frozen=True)
class Aside:
    """A file that was put aside. path: without `.gz`. at: seconds since 1970."""

    path: Path
    at: float
    packed: bool

    @property
    def place(self) -> Path:
        return self.path.with_name(self.path.name + PACKED) if self.packed else self.path


def aside(log: Path) -> list[Aside]:
    """The files that were put aside, the oldest first. Where one is there in both forms, the packed one is whole, so it counts."""
    found: dict[Path, Aside] = {}
    for name in sorted(os.listdir(log.parent)):
        stamp = name.removeprefix(log.name).removesuffix(PACKED)
        match = _NAME.fullmatch(stamp)
        if match and name.startswith(log.name) and (at := _seconds(match[1])) is not None:
            path = log.with_name(log.name + stamp)
            found[path] = Aside(path, at, name.endswith(PACKED))
    return [found[path] for path in sorted(found)]


def _seconds(stamp: str) -> float | None:
    try:
        return float(timegm(strptime(stamp, STAMP)))
    except ValueError:
        return None


class Stream(Protocol):
    """What is read from: a file, or what gzip makes of one."""

    def read(self, size: int, /) -> bytes | None: ...


class Lines:
    """The lines of a file that may still grow: what has no end yet waits for it. Takes the same memory, however long a line is."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._rest, self._skips = stream, b"", False

    def __iter__(self) -> Iterator[bytes]:
        """Those that are there now. May be asked again."""
        while chunk := self._stream.read(CHUNK):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if lines and self._skips:
                self._skips = False
                del lines[0]
            yield from (line for line in lines if line)
            if len(self._rest) > LONGEST:
                self._rest, self._skips = b"", True


@dataclass
class _Part:
    stream: io.FileIO
    inode: tuple[int, int]
    lines: Lines


class Tail:
    """What is added to a log, also while the file is put aside and NGINX begins a new one."""

    def __init__(self, log: Path, at_end: bool = False) -> None:
        """at_end: without what is there already."""
        self._log = log
        self._parts: list[_Part] = []
        self._look(at_end)

    def lines(self) -> Iterator[bytes]:
        """What is new since the last call. NGINX goes on with the file that was put aside until it has taken the new one."""
        self._look()
        for part in self._parts:
            yield from part.lines
        while len(self._parts) > KEPT:
            self._parts.pop(0).stream.close()

    def close(self) -> None:
        for part in self._parts:
            part.stream.close()
        self._parts.clear()

    @property
    def inodes(self) -> set[tuple[int, int]]:
        return {part.inode for part in self._parts}

    def _look(self, at_end: bool = False) -> None:
        try:
            stream = self._log.open("rb", buffering=0)
        except FileNotFoundError:
            return
        status = os.fstat(stream.fileno())
        inode = (status.st_dev, status.st_ino)
        if inode in self.inodes:
            stream.close()
            return
        if at_end:
            stream.seek(0, os.SEEK_END)
        self._parts.append(_Part(stream, inode, Lines(stream)))


def read(file: Aside) -> Iterator[bytes]:
    """Its lines; none where it has gone. Raises ValueError for one that is damaged, after the lines that could be read."""
    if not file.packed:
        with contextlib.suppress(FileNotFoundError), file.path.open("rb", buffering=0) as stream:
            yield from Lines(stream)
            return
    try:
        with gzip.open(file.path.with_name(file.path.name + PACKED)) as stream:
            yield from Lines(stream)
    except FileNotFoundError:
        return
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(str(error)) from None


def opened(log: Path) -> tuple[list[Aside], Tail]:
    """What was put aside, and the rest: no line is in both, and none in neither, also where the log is put aside meanwhile."""
    for _ in range(LOOKS):
        before, tail = aside(log), Tail(log)
        after = aside(log)
        if {file.path for file in after} <= {file.path for file in before}:
            return after, tail
        tail.close()
    raise OpsError(f"{log} is put aside again and again", "try again")
