"""NGINX's worker processes: after a reload the old ones still take connections, by the old rules, until the new ones are there."""

import time
from collections.abc import Iterable
from pathlib import Path

from dockyard.errors import DockyardError
from dockyard.provider.agent import ports

RELOAD_SECONDS = 30.0
TITLE = "nginx: worker process"
FORKED = "nginx: master process"
"""What a process of NGINX is called until it has named itself: it may be about to be a worker."""


def taking_connections(main_processes: Iterable[int]) -> list[int]:
    """The workers of these main processes that are not about to end."""
    found = []
    for main in main_processes:
        try:
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [int(pid) for pid in children if _takes_connections(int(pid))]
    return found


def wait_until_replaced(workers: Iterable[int], seconds: float = RELOAD_SECONDS) -> None:
    """Returns once none of the workers takes connections. Raises DockyardError where NGINX keeps them: it could not reload."""
    deadline = time.monotonic() + seconds
    left = list(workers)
    while left := [pid for pid in left if _takes_connections(pid)]:
        if time.monotonic() > deadline:
            raise DockyardError(
                "NGINX did not load its new configuration and goes on with the old one",
                "its error log says why; run `dockyard up` again",
            )
        time.sleep(0.02)


def _takes_connections(pid: int) -> bool:
    """ngx_worker_process_exit sets the title "nginx: worker process is shutting down"."""
    title = " ".join(ports.command_line(pid)).strip()
    return title == TITLE or title.startswith(FORKED)
