"""Which job is due, and running it: every few minutes by a timer of systemd, or by a program that supervisord keeps.

What decides is when each job last began and last succeeded, which stands in files: nothing is lost or done twice because a
process, or the machine, was started again.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import front, results, rotation, status
from dockyard.ops.children import end_with_parent
from dockyard.ops.settings import Settings

GROUPS = {
    "operations": ("backup", "check", "drill"),
    "upkeep": ("retention", "gc", "inventory", "scrub"),
    "certificate": ("certificate",),
}
"""Jobs in their order, by the service that runs them: backups have an account that cannot change what they are made of."""
AFTER_BACKUP = ("check", "drill", "gc")
"""There is nothing to check, to prove or to fall back to before the first backup."""
HOUR = 3600.0
RETRY = {
    "backup": HOUR / 4,
    "check": 6 * HOUR,
    "drill": 6 * HOUR,
    "retention": HOUR,
    "gc": HOUR,
    "inventory": HOUR / 30,
    "scrub": HOUR / 4,
    "certificate": HOUR / 4,
}
"""Seconds until one that failed, or was interrupted, is tried again. A scrub interrupts itself, for the others to have their turn."""
LOOK_SECONDS = 60.0
ALONE = ("-I", "-S")
Last = Mapping[str, Any]


def due(group: str, every: Mapping[str, float], last: Callable[[str], Last], now: float) -> list[str]:
    """The jobs of a group to run now, in order."""
    found = []
    for job in GROUPS[group]:
        period, known = every.get(job, 0), last(job)
        if not period or (job in AFTER_BACKUP and not last("backup")["succeeded"]):
            continue
        # A time that is yet to come was written by a clock that has been put right since.
        rests = 0 <= now - known["succeeded"] < period
        # A job may ask for longer than that: others limit how often they are asked.
        pause = max(min(period, RETRY[job]), known.get("pause", 0))
        waits = 0 <= now - known["started"] < pause
        if not rests and not waits:
            found.append(job)
    return found


def tick(settings: Settings, group: str, config: Path, run: Callable[[str, Path], None]) -> None:
    """Runs what is due, one after the other."""
    if group == "upkeep":
        look_after(settings)
    for job in due(group, settings.every, partial(_last, settings), time.time()):
        run(job, config)


def look_after(settings: Settings) -> None:
    """What does not wait for a long job to end: logs grow meanwhile, and an operation may have been killed."""
    rotation.look(settings)
    if front.reopen(settings):
        print("an operation was killed while writes were refused; they are let in again", flush=True)


def _last(settings: Settings, job: str) -> Last:
    """What is remembered of the job. An inventory without the pages that it is for counts for nothing."""
    known = results.last(settings.state, job)
    if job == "inventory" and settings.every.get(job) and status.outdated(settings):
        return {**known, "succeeded": 0.0}
    return known


def run_job(job: str, config: Path, meanwhile: Callable[[], None] = lambda: None) -> None:
    """As a process of its own, whose end is told by its exit code and what it has remembered. meanwhile: once a minute, while it runs."""
    command = [sys.executable, *ALONE, sys.argv[0], job, "--config", str(config)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent) as process:
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)
                    return
                meanwhile()
        except BaseException:
            process.kill()
            raise


def keep(settings: Settings, group: str, config: Path, run: Callable[[str, Path], None] = run_job) -> None:
    """Looks once a minute, until it is stopped: then the job that runs is stopped too, and is run again later.

    A supervisord that was killed starts another one when it is back: this one ends with it.
    """
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        tick(settings, group, config, run)
        time.sleep(LOOK_SECONDS)
