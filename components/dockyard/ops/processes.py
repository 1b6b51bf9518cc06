"""The processes of a service: its launcher has remembered them, or, where Docker runs it, their command line names its configuration."""

import os
import re
import signal
from pathlib import Path

from dockyard.ops import launch
from dockyard.ops.settings import Settings


def of(run_file: Path, configuration: str = "") -> list[int]:
    """configuration: a path that stands on the service's command line in a container; "" where there is none.

    Linux shows the processes of every container to its host, with their command lines.
    """
    return _below(set(named(configuration))) if configuration else launch.recorded_members(run_file)


def front_master(settings: Settings, number: int = signal.SIGHUP) -> int:
    """NGINX's master: the process that has made the others of those who handle the signal; 0 where there is none."""
    members = of(settings.front_run_file, settings.containers.get("front", ""))
    listening = {pid for pid in members if _catches(pid, number)}
    parents = {pid: launch.stat_fields(pid)[1:2] for pid in listening}
    return min(
        (pid for pid, parent in parents.items() if parent and int(parent[0]) not in listening), default=0
    )


def _catches(pid: int, number: int) -> bool:
    """Whether the process handles the signal; proc_pid_status(5). One that is gone does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.M)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


def named(configuration: str) -> dict[int, list[str]]:
    """Processes whose command line names it, to that command line."""
    # NGINX's main process has made one text of its command line, of which the end may be cut off.
    found = {}
    for pid, line in _command_lines():
        if pid != os.getpid() and (configuration in line or f" -c {configuration} " in f"{line[0]} "):
            found[pid] = line
    return found


def _command_lines() -> list[tuple[int, list[str]]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0 ").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            found.append((int(entry.name), line))
    return found


def _below(pids: set[int]) -> list[int]:
    """These and their children: NGINX's workers name nothing."""
    found, left = set(pids), list(pids)
    while left:
        pid = left.pop()
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        new = {int(child) for child in children} - found
        found |= new
        left += new
    # One that has ended and that nobody has asked about holds nothing, and shows nothing.
    return sorted(pid for pid in found if launch.stat_fields(pid)[:1] not in ([], ["Z"]))
