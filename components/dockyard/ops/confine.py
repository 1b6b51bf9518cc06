"""Starts a program in place of itself that can gain no rights: `confine.py [--keep CAPABILITY]... -- PROGRAM [ARGUMENT]...`

What systemd does for its units, where supervisord runs the services: no new privileges by setuid files (prctl(2)), no core files,
files that others cannot read, and for root only the capabilities that are named: for the program and all that it starts.

Standard library only: this file runs on the registry's host, by itself.
"""

import argparse
import ctypes
import os
import resource
import sys
from pathlib import Path

PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_ADMIN": 12,
}
"""Numbers of linux/capability.h, of those that services of ours keep."""
LAST = Path("/proc/sys/kernel/cap_last_cap")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="confine.py")
    parser.add_argument("--keep", choices=CAPABILITIES, action="append", default=[])
    end = arguments.index("--")
    options, command = parser.parse_args(arguments[:end]), arguments[end + 1 :]
    os.umask(0o027)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        drop_all_but({CAPABILITIES[name] for name in options.keep})
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    os.execv(command[0], command)


def drop_all_but(kept: set[int]) -> None:
    """From the bounding set: the program that root starts next has no more than that.

    A root that may not give up any, as in some containers, has been given few: that is told, and the program runs all the same.
    """
    try:
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        for number in range(int(LAST.read_text()) + 1):
            if number not in kept and _prctl(PR_CAPBSET_READ, number):
                _prctl(PR_CAPBSET_DROP, number)
    except PermissionError as error:
        print(f"confine.py: capabilities stay as they are: {error}", file=sys.stderr, flush=True)


def _prctl(option: int, argument: int) -> int:
    """Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    done = int(library.prctl(option, *map(ctypes.c_ulong, (argument, 0, 0, 0))))
    if done < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}, {argument}): {os.strerror(number)}")
    return done


if __name__ == "__main__":
    main(sys.argv[1:])
