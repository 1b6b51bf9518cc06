"""Runs a verb in a process that kills itself by SIGKILL at its Nth point.

A point is before each call to the provider and to the store: what is before one call is after the one that came before it.

Usage: killer.py VERB ROOT N. Ends with 0 and prints how many points there are where N is past the last.
"""

import os
import signal
import sys
import threading

from dockyard.engine import operation
from dockyard.engine.project import Project
from dockyard.engine.provider import Provider
from dockyard.engine.store import StackStore

STORE = ("begin", "end", "put", "replace", "condemn", "drop", "commit")
PROVIDER = ("create", "update", "delete")


class Points:
    """Counts points, and kills at the one that was asked for."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0
        self.lock = threading.Lock()

    def reach(self) -> None:
        with self.lock:
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1

    def wrap(self, owner: type, name: str) -> None:
        original = getattr(owner, name)

        def wrapped(*args, **kwargs):
            self.reach()
            return original(*args, **kwargs)

        setattr(owner, name, wrapped)


if __name__ == "__main__":
    verb, root, number = sys.argv[1:]
    points = Points(int(number))
    for name in STORE:
        points.wrap(StackStore, name)
    for name in PROVIDER:
        points.wrap(Provider, name)
    result = operation.run(verb, Project.find(root), "dev")
    print(points.count, result.failures)
