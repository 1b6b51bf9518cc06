"""What a unit of systemd has said, summarised as a log is: the journal keeps it, and how often its program has ended by itself."""

import re
import subprocess
import time
from collections.abc import Iterable, Iterator

from dockyard.ops.faults import Fault, error_of, summary
from dockyard.ops.verdict import Verdict, skipped

LINES = 20_000
SECONDS = 15.0
EXIT = re.compile(r"\S+\.service: (Main process exited, .*)")


def journal(unit: str) -> Verdict:
    """Of the last day."""
    name, now = f"log {unit}", time.time()
    command = ["journalctl", "--unit", unit, "--since", "-1d", "--lines", str(LINES), "--output", "cat"]
    try:
        done = subprocess.run(
            [*command, "--no-pager", "--quiet"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return skipped(name, "this host has no journalctl")
    if done.returncode:
        return skipped(name, f"the journal cannot be read: {done.stderr.strip()}", "sudo dockyard doctor")
    return summary(name, faults(done.stdout.splitlines(), now), now, "the journal", shown(unit))


def faults(lines: Iterable[str], now: float) -> Iterator[Fault]:
    """now: when what has no time of its own was said, as far as it matters."""
    for line in lines:
        if match := EXIT.match(line):
            yield Fault(now, "exit", match[1])
        elif fault := error_of(line):
            yield fault


def shown(unit: str) -> str:
    """The command that shows it."""
    return f"journalctl -n 50 -u {unit}"
