"""Moments as people type them: a time, or how long ago."""

import re
from datetime import UTC, datetime

from dockyard.ops.errors import OpsError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")


def moment(text: str, now: float) -> float:
    """Seconds since 1970. A time without an offset is UTC. Raises OpsError for what is neither a time nor a span."""
    if span := _SPAN.fullmatch(text):
        return now - int(span[1]) * UNITS[span[2]]
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        hint = "a span such as 30m, 2h or 3d, or a time such as 2026-11-27 or 2026-11-27T03:00:00Z"
        raise OpsError(f"{text!r} is neither a time nor a span", hint) from None
