"""A stack's lock, as the CLI's file backend does it: every file in the stack's lock folder is a lock, and
only one may stand there.

Check, write, check again (Pulumi's `pkg/backend/diy/lock.go`): of two who write at once both see the other,
so never both go on.
"""

import getpass
import json
import os
import random
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dockyard.engine.disk import make_folder, write_atomically
from dockyard.errors import DockyardError

Notice = Callable[[str], None]
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    started: the process's start in clock ticks since boot, "" where the lock does not say, as the CLI's.
    """

    file: Path
    pid: int
    user: str
    host: str
    time: str
    started: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}) since {self.time}"

    @property
    def dead(self) -> bool:
        """True where it was a process of this user on this host, and is no more.

        What cannot be told counts as alive.
        """
        if self.host != socket.gethostname() or self.user != _user() or self.pid <= 0:
            return False
        if self.namespace and self.namespace != _namespace():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return bool(self.started) and self.started != _started(self.pid)


def holders(folder: Path) -> list[Holder]:
    """Who holds the stack whose lock folder this is.

    A file that cannot be read counts as held by nobody known.
    """
    found = []
    for file in sorted(folder.glob("*")):
        # fileblob, which the CLI stores with, keeps a file's attributes in a second file.
        if file.is_file() and file.suffix != ".attrs":
            try:
                found.append(_read(file))
            except FileNotFoundError:
                continue
    return found


def _read(file: Path) -> Holder:
    try:
        data = json.loads(file.read_bytes())
        pid = int(data["pid"])
    except (ValueError, KeyError, TypeError, PermissionError):
        # Another user's lock is theirs alone to read, of whichever program it is.
        return Holder(file, 0, _owner(file), "unknown", "unknown")
    texts = (str(data.get(key, "")) for key in ("username", "hostname", "timestamp", "started", "namespace"))
    return Holder(file, pid, *texts)


def _owner(file: Path) -> str:
    try:
        return file.owner()
    except (OSError, KeyError):
        return "somebody"


@contextmanager
def hold(folder: Path, stack: str, notice: Notice) -> Iterator[None]:
    """Hold a stack's lock.

    notice: is told where a dead process's lock is taken over. Raises DockyardError where somebody holds it.
    """
    file = acquire(folder, stack, notice)
    try:
        yield
    finally:
        release(file)


def acquire(folder: Path, stack: str, notice: Notice) -> Path:
    """Take the lock and give its file, for `release`. Raises DockyardError naming who holds it."""
    file = folder / f"{uuid.uuid4()}.json"
    for attempt in range(1, _ATTEMPTS + 1):
        _refuse(_living(folder, notice), stack)
        make_folder(folder)
        # Beside the folder, not in it: a temporary file in there would be a lock to everybody else.
        write_atomically(file, json.dumps(_content()).encode(), scratch=folder.parent)
        others = [holder for holder in _living(folder, notice) if holder.file != file]
        if not others:
            return file
        release(file)
        if attempt == _ATTEMPTS:
            _refuse(others, stack)
        # Both wrote at once and both withdraw; chance lets one come first the next time.
        time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311
    raise AssertionError("unreachable")


def release(file: Path) -> None:
    """Give the lock back."""
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.attrs").unlink(missing_ok=True)


def _living(folder: Path, notice: Notice) -> list[Holder]:
    living = []
    for holder in holders(folder):
        if holder.dead:
            release(holder.file)
            notice(f"took over the lock of {holder}: that process is gone")
        else:
            living.append(holder)
    return living


def _refuse(found: list[Holder], stack: str) -> None:
    if found:
        raise DockyardError(
            f"stack {stack} is locked by {', '.join(map(str, found))}",
            f"wait for it to end; if it is gone for good, `dockyard cancel -s {stack}` removes its lock",
        )


def cancel(folder: Path) -> list[Holder]:
    """Remove all locks of a stack and say whose they were."""
    removed = holders(folder)
    for holder in removed:
        release(holder.file)
    return removed


def _content() -> dict[str, Any]:
    pid = os.getpid()
    return {
        "pid": pid,
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "started": _started(pid),
        "namespace": _namespace(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _started(pid: int) -> str:
    """When a process started, to tell it from a later one with its number; "" where that is not said."""
    try:
        # The name, in brackets, may hold spaces; the start is field 22 of proc_pid_stat(5).
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _namespace() -> str:
    """The process namespace: a container with our host name has numbers of its own."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
