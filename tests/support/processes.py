"""Processes of this machine. Any of them may end between two looks."""

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

ENDED = (FileNotFoundError, ProcessLookupError)


def status(pid: int) -> dict[str, str]:
    """What /proc/PID/status says; nothing of one that has ended."""
    with contextlib.suppress(*ENDED):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {}


def statuses(pids: Iterable[int]) -> list[dict[str, str]]:
    """Of those that live."""
    return [found for found in map(status, pids) if found]


def descendants(pid: int) -> dict[int, str]:
    """Processes below this one, and their command lines; each before those below it."""
    found: dict[int, str] = {}
    with contextlib.suppress(*ENDED):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in _children(task):
                with contextlib.suppress(*ENDED):
                    found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
                found |= descendants(child)
    return found


def _children(task: Path) -> list[int]:
    with contextlib.suppress(*ENDED):
        return [int(word) for word in (task / "children").read_text().split()]
    return []


def below_this_one(part: str) -> list[int]:
    """Those below this process whose command line holds the text, in the same order."""
    return [pid for pid, text in descendants(os.getpid()).items() if part in text]


def kill_below_this_one(part: str) -> None:
    """Kills them; some end with the first."""
    send(below_this_one(part), signal.SIGKILL)


@contextlib.contextmanager
def held_below_this_one(part: str) -> Iterator[None]:
    """They stand still, so that what is done meanwhile comes before what they do next."""
    held = below_this_one(part)
    send(held, signal.SIGSTOP)
    try:
        yield
    finally:
        send(held, signal.SIGCONT)


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """To those that live."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
