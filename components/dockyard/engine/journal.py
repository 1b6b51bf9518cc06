"""The journal beside a large state file: what has changed since that was written, one line per step.

The first line names the state file by its hash. A journal of another state file is stale: either the file
was written whole after it
(its last line then says so), or somebody else, the CLI, wrote the file while the journal lay there.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockyard.engine.disk import told
from dockyard.engine.document import Document, compact
from dockyard.errors import DockyardError

Order = tuple[int, ...]
_STEP = {"put", "drop", "begin", "end"}


def digest(text: bytes) -> str:
    """What a journal calls the state file that it belongs to."""
    return hashlib.sha256(text).hexdigest()


@dataclass(slots=True)
class Change:
    """One step.

    put: slot -> (order, resource). drop: slots. begin: operation number -> (type, resource). end: operation
    numbers.
    """

    put: list[tuple[int, Order, bytes]] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    begin: list[tuple[int, bytes]] = field(default_factory=list)
    end: list[int] = field(default_factory=list)

    def line(self) -> bytes:
        """The step as a line of the journal."""
        puts = b",".join(b"[%d,%s,%s]" % (slot, compact(order), data) for slot, order, data in self.put)
        begins = b",".join(b"[%d,%s]" % (number, data) for number, data in self.begin)
        return b'{"put":[%s],"drop":%s,"begin":[%s],"end":%s}\n' % (
            puts,
            compact(self.drop),
            begins,
            compact(self.end),
        )


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, file: int, size: int) -> None:
        self._path = path
        self._file = file
        self.size = size

    @classmethod
    def create(cls, path: Path, base: str) -> "Journal":
        """A new journal of the state file with this digest."""
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        made = cls(path, file, 0)
        made._write(compact({"journal": 1, "base": base}) + b"\n")
        return made

    @classmethod
    def resume(cls, path: Path) -> "Journal":
        """The journal that a killed run left, without the line that it died in."""
        whole = path.read_bytes().rpartition(b"\n")[0] + b"\n"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.ftruncate(file, len(whole))
        return cls(path, file, len(whole))

    def append(self, change: Change, *, durable: bool) -> None:
        """Write a step. durable: not even a power cut forgets it; a killed process never does.

        Raises DockyardError where it cannot be written; the steps before it stay readable.
        """
        self._write(change.line())
        if durable:
            with told(self._path):
                os.fdatasync(self._file)

    def finish(self, written: str) -> None:
        """Say that all of it is in the state file with this digest, which is about to replace the old one."""
        self._write(compact({"written": written}) + b"\n")
        with told(self._path):
            os.fdatasync(self._file)

    def remove(self) -> None:
        """Close and delete it, once the state file holds all of it."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it and let it lie, for the next run to find."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, line: bytes) -> None:
        view = memoryview(line)
        try:
            with told(self._path):
                while view:
                    view = view[os.write(self._file, view) :]
        except DockyardError:
            # Half a line (the disk is full) would make the next step's line unreadable.
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(line)


@dataclass(frozen=True, slots=True)
class Found:
    """A journal that was found.

    stale: it is of another state file. known: nothing in it is missing from the state file.
    """

    lines: list[dict[str, Any]]
    stale: bool
    known: bool


def read(path: Path, base: bytes) -> Found | None:
    """The journal beside a state file, None where there is none.

    Raises DockyardError where a line within it is damaged.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    lines = _lines(path, text)
    if not lines:
        return Found([], stale=True, known=True)
    known = lines[-1].get("written") == digest(base)
    body = [line for line in lines[1:] if "written" not in line]
    return Found(body, stale=lines[0].get("base") != digest(base), known=known or not body)


def _lines(path: Path, text: bytes) -> list[dict[str, Any]]:
    # A line without its end was never acknowledged: the process died while writing it.
    whole = text.split(b"\n")[:-1]
    try:
        return [_line(line) for line in whole]
    except ValueError as error:
        raise DockyardError(
            f"the journal {path} is damaged ({error}); nothing was changed",
            "move it away to go on without the steps it holds, then run `dockyard refresh`",
        ) from error


def _line(text: bytes) -> dict[str, Any]:
    line = json.loads(text)
    if not isinstance(line, dict) or not ({"base", "written"} & line.keys() or line.keys() >= _STEP):
        raise ValueError("a line is no step")
    return line


def replay(document: Document, found: Found) -> None:
    """Apply a journal to the state file's content."""
    resources: dict[int, tuple[Order, dict[str, Any]]] = {
        slot: ((slot,), data) for slot, data in enumerate(document.resources)
    }
    operations = dict(enumerate(document.operations))
    for line in found.lines:
        for slot in line["drop"]:
            resources.pop(slot, None)
        for number in line["end"]:
            operations.pop(number, None)
        resources.update({slot: (tuple(order), data) for slot, order, data in line["put"]})
        operations.update(line["begin"])
    document.resources = [data for _, data in sorted(resources.values(), key=lambda item: item[0])]
    document.operations = list(operations.values())
