"""Whether the kernel's clock is kept in time, and what to do where it is not."""

import contextlib
import ctypes
import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from dockyard.ops.verdict import Verdict, ok, skipped, warning

NAME = "clock"
UNSYNCHRONISED = 0x40
"""STA_UNSYNC; adjtimex(2)."""
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


class Daemon(NamedTuple):
    """One that keeps the clock in time."""

    service: str
    process: str
    """As /proc/PID/comm has it, 15 letters at most."""
    program: str
    ask: str
    """What it knows of its sources."""


DAEMONS = (
    Daemon("chrony", "chronyd", "/usr/sbin/chronyd", "chronyc sources"),
    Daemon(
        "systemd-timesyncd",
        "systemd-timesyn",
        "/lib/systemd/systemd-timesyncd",
        "timedatectl timesync-status",
    ),
    Daemon("ntpsec", "ntpd", "/usr/sbin/ntpd", "ntpq -p"),
    Daemon("openntpd", "openntpd", "/usr/sbin/openntpd", "ntpctl -s all"),
)


class Timex(ctypes.Structure):
    """The start of `struct timex`, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def clock() -> Verdict:
    """Reads only: a mode of 0 changes nothing."""
    read = Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(read)) < 0:
        return skipped(NAME, f"the kernel does not say: {os.strerror(ctypes.get_errno())}", "timedatectl")
    installed = {daemon.service for daemon in DAEMONS if os.path.exists(daemon.program)}
    container = any(os.path.exists(mark) for mark in CONTAINER_MARKS)
    return judge(read.status, read.maxerror, running(), installed, container)


def running() -> set[str]:
    """Names of processes."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                found.add((entry / "comm").read_text().strip())
    return found


def judge(
    status: int,
    microseconds: int,
    processes: Collection[str] = (),
    installed: Collection[str] = (),
    container: bool = False,
) -> Verdict:
    """installed: services of daemons."""
    if not status & UNSYNCHRONISED:
        return ok(NAME, f"kept in time, wrong by {microseconds / 1000:.0f} ms at most")
    wrong = "nothing keeps the clock in time"
    if container:
        return warning(NAME, f"{wrong}; this is a container: its host has to", "timedatectl  # on that host")
    for daemon in DAEMONS:
        if daemon.process in processes:
            return warning(NAME, f"{daemon.service} runs, and has found no time to keep to", daemon.ask)
    for daemon in DAEMONS:
        if daemon.service in installed:
            text = f"{wrong}: {daemon.service} is installed and does not run"
            return warning(NAME, text, f"sudo systemctl enable --now {daemon.service}")
    return warning(NAME, f"{wrong}: no time daemon is installed", "sudo apt-get install chrony")
