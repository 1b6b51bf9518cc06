"""The switch that has the front refuse writes (503 with Retry-After) while pulls go on."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from dockyard.ops import alone, closing, processes
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import locked
from dockyard.ops.settings import Settings

MARK = "dockyard: while an operation changes the store\n"
OURS = "dockyard: "
QUIET_SECONDS, LOOKS, PAUSE = 60.0, 10, 0.1


@contextlib.contextmanager
def closed(settings: Settings) -> Iterator[tuple[int, ...]]:
    """Writes are refused while the body runs, and let in again whatever ends this process: a child waits for that.

    Gives file descriptors: a program that inherits them keeps writes refused until it has ended too.
    A switch that somebody else has set stays as it is. Where the front does not run, there is nothing to refuse. Traefik does not
    look at the switch, which tells people alone then. Raises OpsError where it cannot be made to refuse writes.
    """
    switch = settings.read_only
    settable = switch.parent.is_dir() and (not switch.exists() or _ours(switch))
    if not settable and not settings.closing:
        yield ()
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _open_at_end(settings, reading, writing)
    os.close(reading)
    try:
        if settable:
            switch.write_text(MARK)
            switch.chmod(0o644)
        closing.close(settings)
        yield (writing,)
    finally:
        os.close(writing)
        os.waitpid(child, 0)
        _open(settings)


def reopen(settings: Settings) -> bool:
    """Lets writes in again where an operation was killed together with the child that should do it; whether it had to."""
    if not _ours(settings.read_only) and not closing.closed(settings):
        return False
    with contextlib.suppress(OpsError), locked(settings.state, "letting writes in again"):
        _open(settings)
        return True
    return False


def _ours(switch: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # whoever set it may take it away meanwhile
        return switch.read_text().startswith(OURS)
    return False


def _open(settings: Settings) -> None:
    closing.open_again(settings)
    if _ours(settings.read_only):
        settings.read_only.unlink(missing_ok=True)


def _open_at_end(settings: Settings, reading: int, writing: int) -> None:
    """In the child: returns never."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.close(writing)
    os.read(reading, 1)
    _open(settings)
    os._exit(0)


def wait_until_quiet(settings: Settings) -> bool:
    """Whether the registry has ended the writes that it was at: it holds no file of the store open, several looks in a row.

    An upload of a slow client may go on longer than that is waited for; it fails then, and the client begins it again.
    What a process holds open is shown to its own account alone. Raises OpsError where it is not shown. Without a front: once the registry
    cannot write any more.
    """
    if settings.alone:
        alone.wait_until_read_only(settings)
        return True
    return bool(ask(settings.owner, lambda: {"quiet": _quiet(settings)})["quiet"])


def _quiet(settings: Settings) -> bool:
    deadline = time.monotonic() + QUIET_SECONDS
    quiet = 0
    while quiet < LOOKS and time.monotonic() < deadline:
        quiet = 0 if writing(settings) else quiet + 1
        time.sleep(PAUSE)
    return quiet >= LOOKS


def writing(settings: Settings) -> bool:
    """Whether a process of the registry has a file of the store open."""
    store = f"{settings.store.resolve()}/"
    for pid in processes.of(settings.run_file, settings.containers.get("registry", "")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    if os.readlink(entry.path).startswith(store):
                        return True
    return False
