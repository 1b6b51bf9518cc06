"""Whether what is secret is secret, and the store belongs to the registry."""

import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path

from dockyard.ops.verdict import Verdict, failure, ok, skipped

NAME = "permissions"


def permissions(files: Mapping[str, str], owner: str, store: Path) -> Verdict:
    """files: secret file -> the account that must own it, "" for any. owner: the store's, likewise."""
    faults, unseen = [], []
    for path, account in {**files, str(store): owner}.items():
        try:
            status = os.lstat(path)
        except PermissionError:
            unseen.append(path)
            continue
        except FileNotFoundError:
            faults.append((f"{path} is missing", "dockyard up"))
            continue
        faults += _faults(path, status, account)
    if faults:
        return failure(NAME, "; ".join(fault for fault, _ in faults), faults[0][1])
    if unseen:
        return skipped(NAME, f"this user may not look at {', '.join(unseen)}", "sudo dockyard doctor")
    return ok(NAME, f"{len(files)} secret files and the store have the right owner and are shut to others")


def _faults(path: str, status: os.stat_result, account: str) -> list[tuple[str, str]]:
    found = []
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o007:
        found.append((f"{path} has mode {mode:04o}: others may use it", f"chmod o= {path}"))
    if account and (name := _name(status.st_uid)) != account:
        found.append((f"{path} belongs to {name}, not to {account}", f"sudo chown {account} {path}"))
    if stat.S_ISDIR(status.st_mode) and mode & 0o300 != 0o300:
        found.append((f"{path} has mode {mode:04o}: its owner may not write to it", f"chmod u+wx {path}"))
    return found


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
