"""Starts one service in place of itself: `launch.py RUN_FILE [--socket PATH]... [--share PATH] -- PROGRAM [ARGUMENT]...`
`launch.py RUN_FILE` alone starts nothing and says by its exit code whether the folder of RUN_FILE could be used.

RUN_FILE remembers the process group of the last start. What a SIGKILL has left of it is ended first: workers of a killed
NGINX master keep its port. --socket: a unix socket that must not exist when the program starts. --share: a unix socket that
the program will make and that its group may then write to.

The folder is refused where somebody else could put other sockets into it: below /dev/shm anybody may make folders first.

Standard library only: this file runs on the registry's host, by itself.
"""

import argparse
import os
import signal
import stat
import sys
import time
from pathlib import Path

WAIT_SECONDS = 30.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="launch.py")
    parser.add_argument("run_file", type=Path)
    parser.add_argument("--socket", type=Path, action="append", default=[])
    parser.add_argument("--share", type=Path)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, command = parser.parse_args(arguments[:end]), arguments[end + 1 :]
    if reason := distrust(options.run_file.parent):
        sys.exit(f"launch.py: {reason}")
    if not command:
        return
    end_leftovers(options.run_file)
    for path in (*options.socket, *([options.share] if options.share else [])):
        path.unlink(missing_ok=True)
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    remember(options.run_file)
    if options.share:
        share_when_made(options.share)
    os.execv(command[0], command)


def distrust(folder: Path) -> str:
    """Why somebody else may change what is in the folder; "" where nobody but root and this user can.

    Looks at each folder below the mount point; what is not there yet, nobody has made.
    """
    for part in (folder, *folder.parents):
        try:
            status = part.lstat()
        except FileNotFoundError:
            continue
        if os.path.ismount(part):
            return ""
        if not stat.S_ISDIR(status.st_mode):
            return f"{part} is no folder"
        if status.st_uid not in (0, os.geteuid()):
            return f"{part} belongs to another user: remove it"
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX:
            return f"{part} can be written to by other users: remove it"
    return ""


def remember(run_file: Path) -> None:
    """Names this process group so that a later start can tell it from a group that took over its number."""
    temporary = run_file.with_suffix(".new")
    temporary.write_text(f"{os.getpid()} {start_time(os.getpid())} {BOOT_ID.read_text().strip()}\n")
    temporary.chmod(0o644)  # the folder says who may come as far
    temporary.replace(run_file)


def end_leftovers(run_file: Path) -> None:
    """Kills what runs of the last start."""
    deadline = time.monotonic() + WAIT_SECONDS
    while members := recorded_members(run_file):
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes of an earlier start do not end: {members}")
        time.sleep(0.02)


def recorded_members(run_file: Path) -> list[int]:
    """The processes of the group of the last start, where it is still that group; this process is none of them.

    Linux gives no number to a new process while a process group has it. So the group is ours if its leader is gone, or
    is the very process that was remembered: by its start, since a container may name the boot otherwise than the mounts of
    a unit in it do.
    """
    try:
        group, started, boot = run_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return []
    leader_start = start_time(int(group))
    same_boot = boot == BOOT_ID.read_text().strip()
    if leader_start != started and (leader_start or not same_boot):
        return []
    return [pid for pid in group_members(int(group)) if pid != os.getpid()]


def group_members(group: int) -> list[int]:
    """Processes of the group that still run; zombies hold no port."""
    members = []
    for entry in Path("/proc").iterdir():
        fields = stat_fields(int(entry.name)) if entry.name.isdigit() else []
        if fields and fields[0] != "Z" and int(fields[2]) == group:
            members.append(int(entry.name))
    return members


def start_time(pid: int) -> str:
    """When the process started, in clock ticks since boot; "" where there is none."""
    fields = stat_fields(pid)
    return fields[19] if fields else ""


def stat_fields(pid: int) -> list[str]:
    """/proc/PID/stat from the third field (the state) on; proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def share_when_made(path: Path) -> None:
    """Leaves a process behind that waits for the socket, lets its group write to it, and ends.

    The registry makes its socket under the umask of its files, which the group may only read.
    """
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return
    if os.fork():
        os._exit(0)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if path.is_socket():
            path.chmod(0o660)
            os._exit(0)
        time.sleep(0.01)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
