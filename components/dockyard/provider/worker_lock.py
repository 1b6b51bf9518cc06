"""A host's lock: one change at a time. Used where the host is, here or by the agent there."""

import fcntl
import os
from pathlib import Path


def lock_path() -> Path:
    """One lock for root, one for each other user: nobody else can hold it up. The kernel lets go of it with the process."""
    if os.geteuid() == 0:
        return Path("/run/dockyard.lock")
    private = os.environ.get("XDG_RUNTIME_DIR")
    if private:
        return Path(private, "dockyard.lock")
    home = Path.home() / ".cache"
    home.mkdir(parents=True, exist_ok=True)
    return home / "dockyard.lock"


def try_lock(descriptor: int) -> bool:
    """Takes it, or says that another process has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
