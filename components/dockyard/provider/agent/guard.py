"""Keeps freshly installed packages from starting their services: Debian's policy-rc.d, for the time of the installation only.

See invoke-rc.d(8): exit status 101 forbids the action. The file carries a line that names it as ours, so that the next run
removes what a kill has left; one that somebody else made is never touched.
"""

from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
MARK = "# dockyard: only while packages are installed; removed afterwards"
TEXT = f"#!/bin/sh\n{MARK}\nexit 101\n"


def is_ours(policy: Path = POLICY) -> bool:
    """Whether the guard stands there, from this run or a killed one."""
    try:
        return MARK in policy.read_text()
    except (FileNotFoundError, UnicodeDecodeError, PermissionError):
        return False


def put_up(policy: Path = POLICY) -> None:
    """Forbids service starts, unless the machine has a policy of its own."""
    if policy.exists() or policy.is_symlink():
        return
    temporary = policy.with_name(".policy-rc.d.dockyard-new")
    temporary.write_text(TEXT)
    temporary.chmod(0o755)
    temporary.rename(policy)


def take_down(policy: Path = POLICY) -> None:
    """Removes the guard if it is ours."""
    if is_ours(policy):
        policy.unlink()
