"""Recent errors in the logs of an instance, summarised; nothing of a line that could be a secret is shown."""

import contextlib
import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from dockyard.ops import log_files
from dockyard.ops.verdict import Verdict, ok, skipped, warning

TAIL, DAY, SHOWN = 1 << 20, 86400.0, 160
NGINX = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(error|crit|alert|emerg)] (.*)")
REGISTRY = re.compile(r'time="([^"]+)" level=(error|fatal|panic) (.*)')
SECRET = re.compile(
    r"(?i)(authorization|token|password|passwd|secret|cookie|_state|signature)(\W{1,4})(?:(?:basic|bearer)\s+)?[^\s,;]+"
)
BEARER = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]+")


def summary(name: str, lines: Iterable[str], now: float, path: str) -> Verdict:
    """Counts the errors of the last day by kind, and shows the last one."""
    counts: dict[str, int] = {}
    last = ""
    for line in lines:
        if found := error_of(line):
            at, kind, text = found
            if now - at <= DAY:
                counts[kind] = counts.get(kind, 0) + 1
                last = text
    if not counts:
        return ok(name, f"{path}: no errors in the last day")
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(counts.items()))
    return warning(name, f"{path}: {kinds}; the last: {clean(last)}", f"tail -n 50 {path}")


def error_of(line: str) -> tuple[float, str, str] | None:
    """When, of what kind, and the text; None for a line that is no error."""
    try:
        if match := NGINX.match(line):
            return time.mktime(time.strptime(match[1], "%Y/%m/%d %H:%M:%S")), match[2], match[3]
        if match := REGISTRY.match(line):
            at = datetime.fromisoformat(match[1])
            return at.replace(tzinfo=at.tzinfo or UTC).timestamp(), match[2], match[3]
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
        return skipped(
            name,
            f"{path} is not there; with systemd, the journal has it",
            "journalctl -p err -S -1d -u 'dockyard-*'",
        )
    return summary(name, chain(_put_aside(path, now), lines), now, str(path))


def _put_aside(path: Path, now: float) -> Iterator[str]:
    """What was put aside in the last day: a log begins anew at midnight. Of a damaged file what can be read."""
    for file in log_files.aside(path):
        if now - file.at <= DAY:
            with contextlib.suppress(ValueError):
                yield from (line.decode(errors="replace") for line in log_files.read(file))
