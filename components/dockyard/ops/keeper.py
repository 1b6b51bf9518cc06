"""Keeps supervisord alive: `keeper.py -- SUPERVISORD [ARGUMENT]...`, run by supervisord as one of its programs.

supervisord starts this again when it dies; this starts supervisord again when that dies. A supervisord that is stopped
properly stops this first. Standard library only: this file runs on the registry's host, by itself.
"""

import os
import select
import sys


def main(arguments: list[str]) -> None:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.exit("usage: keeper.py -- SUPERVISORD [ARGUMENT]...")
    wait_for_end(os.getppid())
    # These were pipes to the supervisord that is gone: a first line written there would be the end of the new one.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.execv(command[0], command)


def wait_for_end(parent: int) -> None:
    """Returns when the process that started this one has ended."""
    try:
        handle = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    if os.getppid() == parent:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll()
    os.close(handle)


if __name__ == "__main__":
    main(sys.argv[1:])
