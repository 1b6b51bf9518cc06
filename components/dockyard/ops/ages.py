"""How long ago each job succeeded, against how often it should; and whether the front is open again."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockyard.ops.verdict import Verdict, failure, ok, skipped, span, warning

COMMANDS = {"check": "dockyard drill"}
"""Of jobs that are not commands of their own."""
LONG = 6 * 3600.0


def judge(job: str, known: Mapping[str, Any], period: float, now: float) -> Verdict:
    """known: what is remembered of the job. period: seconds between two runs; 0 for by hand."""
    name, hint = f"last {job}", COMMANDS.get(job, f"dockyard {job}")
    succeeded, age = known["succeeded"], now - known["succeeded"]
    if broken := known.get("broken"):
        return failure(name, f"{len(broken)} broken, the first: {broken[0]}", hint)
    if known["error"]:
        return failure(name, f"failed {span(now - known['started'])} ago: {known['error']}", hint)
    if not succeeded:
        if not period:
            return skipped(name, "it has never run, and does not run by the clock", hint)
        return warning(name, f"it has never succeeded; it should every {span(period)}", hint)
    if age < -60:
        return failure(name, f"it succeeded {span(-age)} from now: the clock was moved", "timedatectl")
    if not period:
        return ok(name, f"{span(age)} ago, by hand")
    evidence = f"{span(age)} ago; it should every {span(period)}"
    if age > 2 * period:
        return failure(name, evidence, hint)
    return ok(name, evidence)


def judge_lock(holder: str, seconds: float) -> Verdict:
    """holder: "" for nobody."""
    if not holder:
        return ok("lock", "no operation runs")
    if seconds > LONG:
        return warning("lock", f"held for {span(seconds)}: {holder}", "ps -ef | grep ops.pyz")
    return ok("lock", f"held: {holder}")


def judge_front(closed: str | None, holder: str) -> Verdict:
    """closed: what the switch says that refuses writes; None where there is no switch."""
    if closed is None:
        return ok("writes", "writes are let in")
    if holder:
        return ok("writes", f"refused while an operation runs: {holder}")
    return failure("writes", "refused, and no operation runs", "dockyard up")


def lock_holder(lock: Path, table: str, now: float) -> tuple[str, float]:
    """Who holds the lock ("" for nobody) and for how many seconds. table: /proc/locks, see proc(5)."""
    try:
        status = lock.stat()
    except FileNotFoundError:
        return "", 0.0
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == device:
            text = lock.read_text(errors="replace").strip() or f"pid {fields[4]}"
            return text[:200], max(0.0, now - status.st_mtime)
    return "", 0.0
