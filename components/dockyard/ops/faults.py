"""Recent errors in the logs of an instance, summarised; nothing of a line that could be a secret is shown."""

import contextlib
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from dockyard.ops import log_files
from dockyard.ops.verdict import Verdict, ok, skipped, warning

TAIL, DAY, SHOWN = 1 << 20, 86400.0, 160
NGINX = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(error|crit|alert|emerg)] (.*)")
REGISTRY = re.compile(r'time="([^"]+)" level=(error|fatal|panic) (.*)')
SECRET = re.compile(
    r"(?i)(authorization|token|password|passwd|secret|cookie|_state|signature)(\W{1,4})(?:(?:basic|bearer)\s+)?[^\s,;]+"
)
BEARER = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]+")


class Fault(NamedTuple):
    """An error that a log tells of. at: seconds since 1970."""

    at: float
    kind: str
    text: str


def summary(name: str, found: Iterable[Fault], now: float, place: str, hint: str) -> Verdict:
    """Counts those of the last day by kind, and shows the last one."""
    recent = [fault for fault in found if now - fault.at <= DAY]
    if not recent:
        return ok(name, f"{place}: no errors in the last day")
    counts = Counter(fault.kind for fault in recent)
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(counts.items()))
    return warning(name, f"{place}: {kinds}; the last: {clean(recent[-1].text)}", hint)


def errors_in(lines: Iterable[str]) -> Iterator[Fault]:
    """Of what NGINX and the registry have said."""
    return (fault for fault in map(error_of, lines) if fault)


def error_of(line: str) -> Fault | None:
    """None for a line that is no error."""
    try:
        if match := NGINX.match(line):
            at = time.mktime(time.strptime(match[1], "%Y/%m/%d %H:%M:%S"))
            return Fault(at, match[2], match[3])
        if match := REGISTRY.match(line):
            told = datetime.fromisoformat(match[1])
            return Fault(told.replace(tzinfo=told.tzinfo or UTC).timestamp(), match[2], match[3])
    except (ValueError, OverflowError):
        # Clients choose parts of a line; what only looks like an error has no time.
        return None
    return None


def clean(text: str) -> str:
    """One short line that is safe to show on a terminal."""
    text = SECRET.sub(r"\1\2...", BEARER.sub(r"\1 ...", text))
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def log(path: Path) -> Verdict:
    name, now = f"log {path.name}", time.time()
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - TAIL))
            lines = stream.read(TAIL).decode(errors="replace").split("\n")
    except PermissionError:
        return skipped(name, f"this user may not read {path}", "sudo dockyard doctor")
    except FileNotFoundError:
        return skipped(name, f"{path} is not there: nothing has been written to it", "dockyard up")
    found = errors_in(chain(_put_aside(path, now), lines))
    return summary(name, found, now, str(path), f"tail -n 50 {path}")


def _put_aside(path: Path, now: float) -> Iterator[str]:
    """What was put aside in the last day: a log begins anew at midnight. Of a damaged file what can be read."""
    for file in log_files.aside(path):
        if now - file.at <= DAY:
            with contextlib.suppress(ValueError):
                yield from (line.decode(errors="replace") for line in log_files.read(file))
