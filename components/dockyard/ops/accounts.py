"""Running a part of an operation as the account that it belongs to. Only root has to change for that."""

import grp
import json
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dockyard.ops.children import end_with_parent
from dockyard.ops.errors import OpsError


def run_as(account: str, part: Callable[[], int]) -> int:
    """The exit code of `part`, run as the account: in a child where this process is root, here where it is that account.

    account: "" runs it here. Raises OpsError for another user.
    """
    if not account or os.geteuid() == user_id(account):
        return part()
    if os.geteuid() != 0:
        raise OpsError(f"this instance belongs to {account}", "run it as root, with sudo")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            become(account)
            end_with_parent()
            code = part()
            sys.stdout.flush()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ask(account: str, part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `part` gives, run as the account. Raises OpsError, also what it raised there."""
    with os.fdopen(os.memfd_create("answer"), "w+") as answer:

        def told() -> int:
            try:
                answer.write(json.dumps({"found": part()}))
            except OpsError as error:
                answer.write(json.dumps({"message": error.message, "hint": error.hint}))
            except OSError as error:
                kind = error.strerror or str(error)
                answer.write(json.dumps({"message": f"{error.filename or 'the host'}: {kind}", "hint": ""}))
            answer.flush()
            return 0

        if run_as(account, told):
            raise OpsError("it was ended before it was done", "run it again")
        answer.seek(0)
        found: dict[str, Any] = json.load(answer)
    if "message" in found:
        raise OpsError(found["message"], found["hint"])
    result: dict[str, Any] = found["found"]
    return result


def become(account: str) -> None:
    """Gives root up for good."""
    entry = pwd.getpwnam(account)
    os.initgroups(account, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["HOME"] = "/nonexistent"


def user_id(account: str) -> int:
    """Raises OpsError for an account that is gone."""
    try:
        return pwd.getpwnam(account).pw_uid
    except KeyError:
        raise OpsError(f"there is no account {account}", "run `dockyard up` again") from None


def group_id(account: str) -> int:
    """Of the account's own group; 0, which is root's, for none."""
    return grp.getgrnam(account).gr_gid if account else 0


def give(root: Path, account: str) -> None:
    """Makes the account and its group the owner of everything below the folder, and of the folder. Follows no link."""
    if not account:
        return
    user, group = user_id(account), grp.getgrnam(account).gr_gid
    for _, folders, files, descriptor in os.fwalk(root, follow_symlinks=False):
        for name in (*folders, *files):
            os.chown(name, user, group, dir_fd=descriptor, follow_symlinks=False)
    os.chown(root, user, group, follow_symlinks=False)
