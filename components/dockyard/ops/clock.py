"""Whether the kernel's clock is kept in time."""

import ctypes
import os

from dockyard.ops.verdict import Verdict, ok, skipped, warning

NAME = "clock"
UNSYNCHRONISED = 0x40
"""STA_UNSYNC; adjtimex(2)."""


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
    return judge(read.status, read.maxerror)


def judge(status: int, microseconds: int) -> Verdict:
    if status & UNSYNCHRONISED:
        return warning(NAME, "nothing keeps the clock in time", "timedatectl; install chrony")
    return ok(NAME, f"kept in time, wrong by {microseconds / 1000:.0f} ms at most")
