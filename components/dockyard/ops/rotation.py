"""The front's logs are put aside by day and by size, packed, and kept for a set time: no line is lost, none is there twice.

A log is given another name; NGINX, told by a signal, begins a new file. Until each of its processes has, lines go on into the file that
was put aside, so that is packed only when nobody can write to it any more. What says so is the kernel: it leases a file to a reader
only while no process has it open for writing (fcntl(2), F_SETLEASE). Killed anywhere, the next run goes on with what it finds.
"""

import contextlib
import fcntl
import gzip
import os
import re
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from dockyard.ops import log_files, processes, results
from dockyard.ops.accounts import group_id
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import Busy, locked
from dockyard.ops.log_files import STAMP, Aside, aside
from dockyard.ops.settings import Settings

LOGS = ("audit.log", "front-error.log")
JOB = "rotation"
DAY = 86400.0
SHARE, LARGEST = 8, 64 << 20
"""A file is put aside at an eighth of what its log may take, at the latest at 64 MiB."""
SECONDS, PAUSE = 20.0, 0.02
"""How long NGINX is waited for; what it still writes to is packed by the next run."""
HEAD = 4096
_DATE = re.compile(rb"(\d{4})[-/](\d\d)[-/](\d\d)")


def rotate(settings: Settings, force: bool = False, patience: float = 0.0) -> dict[str, Any]:
    """Gives how many files were put aside, packed and removed. Raises OpsError.

    force: puts aside what is not due yet. patience: how long another run is waited for.
    """
    if not settings.audit_max_bytes:
        raise OpsError("this instance was laid out before logs were looked after", "run `dockyard up` again")
    if not os.access(settings.logs, os.W_OK | os.X_OK):
        raise OpsError(f"this user may not write to {settings.logs}", "run it as root, with sudo")
    counts = {"put_aside": 0, "packed": 0, "removed": 0, "bytes_freed": 0}
    with locked(settings.state, "putting logs aside", "logs.lock", patience):
        # Traefik says what is wrong to Docker, which looks after that.
        logs = [settings.logs / name for name in (LOGS[:1] if settings.closing else LOGS)]
        for log in logs:
            if force or _due(log, settings.audit_max_bytes):
                counts["put_aside"] += _put_aside(log)
        left = [file for log in logs for file in aside(log) if not file.packed]
        # A log that somebody has removed is begun anew as well.
        if left or not all(log.exists() for log in logs):
            _reopen(settings)
        _wait(left)
        _shut(settings)
        for file in left:
            counts["packed"] += _pack(file)
        for log in logs:
            _expire(settings, log, counts)
    return counts


def look(settings: Settings) -> None:
    """By the clock: what has failed is remembered and printed, and nothing else fails with it."""
    if not settings.audit_max_bytes:
        return
    try:
        counts = rotate(settings)
    except Busy:
        return
    except (OpsError, OSError) as error:
        print(f"logs: {error}", flush=True)
        with contextlib.suppress(OSError):
            results.remember(settings.state, JOB, started=time.time(), error=str(error))
        return
    if any(counts.values()) or results.last(settings.state, JOB)["error"]:
        results.remember(settings.state, JOB, started=time.time(), succeeded=time.time(), error="", **counts)


def _due(log: Path, most: int) -> bool:
    """Whether it is of another day, or large."""
    try:
        size = log.stat().st_size
        with log.open("rb") as stream:
            date = _DATE.search(stream.read(HEAD))
    except FileNotFoundError:
        return False
    if size >= min(most // SHARE, LARGEST):
        return True
    return bool(date) and b"-".join(date.groups()).decode() != time.strftime("%Y-%m-%d")  # type: ignore[union-attr]


def _put_aside(log: Path) -> int:
    """In one step; names are in the order of time, also where the clock was set back."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size:
            at = max([time.time(), *(file.at + 1 for file in aside(log))])
            log.rename(log.with_name(f"{log.name}.{time.strftime(STAMP, time.gmtime(at))}"))
            return 1
    return 0


def _wait(left: list[Aside]) -> None:
    """Until NGINX writes to none of them. Raises OpsError where that takes long: a run to come goes on with it."""
    deadline = time.monotonic() + SECONDS
    for file in left:
        while not _left(file.path):
            if time.monotonic() > deadline:
                raise OpsError(f"the front still writes to {file.path}", "the next run goes on with it")
            time.sleep(PAUSE)


def _reopen(settings: Settings) -> None:
    """Tells NGINX, where it runs and has got as far as to listen to that: the signal would end one that has not."""
    with contextlib.suppress(ProcessLookupError):
        if master := processes.front_master(settings, signal.SIGUSR1):
            os.kill(master, signal.SIGUSR1)


def _left(path: Path) -> bool:
    """Whether no process can write to the file. Raises OpsError where the file system cannot say."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _own(descriptor, 0, 0o600)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return False
    except OSError as error:
        hint = "keep the logs on a file system of this host"
        raise OpsError(f"{path}: no lease can be had: {error.strerror}", hint) from None
    finally:
        os.close(descriptor)
    return True


def _pack(file: Aside) -> int:
    """The packed file is whole before it has its name, and on the disk before the other goes."""
    temporary = file.path.with_name(f".{file.path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as packed, file.path.open("rb") as stream:
        with gzip.GzipFile("", "wb", 6, packed, mtime=0) as writing:
            shutil.copyfileobj(stream, writing, 1 << 20)
        packed.flush()
        os.fsync(packed.fileno())
    temporary.rename(file.path.with_name(file.path.name + log_files.PACKED))
    _sync(file.path.parent)
    file.path.unlink()
    return 1


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _expire(settings: Settings, log: Path, counts: dict[str, int]) -> None:
    """Removes what is too old, then the oldest until the log takes no more than it may; what a kill has left goes too.

    All is packed by now: nothing that NGINX writes to is removed.
    """
    for temporary in log.parent.glob(f".{log.name}.*.new"):
        temporary.unlink()
    files = aside(log)
    for file in files:
        if file.path.exists():
            file.path.unlink()
    sizes = {file: file.place.stat().st_size for file in files}
    total = sum(sizes.values()) + (log.stat().st_size if log.exists() else 0)
    earliest = time.time() - settings.audit_keep_days * DAY
    for file in files:
        if file.at < earliest or total > settings.audit_max_bytes:
            file.place.unlink()
            total -= sizes[file]
            counts["removed"] += 1
            counts["bytes_freed"] += sizes[file]


def _shut(settings: Settings) -> None:
    """NGINX gives a new log to the account of its workers, which have it open by now: it is root's again, and readable by few."""
    if settings.containers:
        # All of it runs as that account: a log of root's it could not open the next time.
        return
    group = group_id(settings.metrics.get("account", ""))
    for name in LOGS:
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(settings.logs / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _own(descriptor, group if name == LOGS[0] else 0, 0o640)
            finally:
                os.close(descriptor)


def _own(descriptor: int, group: int, mode: int) -> None:
    if os.geteuid() == 0:
        os.fchown(descriptor, 0, group)
    os.fchmod(descriptor, mode)
