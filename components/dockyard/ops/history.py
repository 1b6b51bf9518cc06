"""What a store came to, day by day: one line for each day, for about a year."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

DAYS = 400
KEYS = ("repositories", "tags", "blobs", "bytes")


def grown(history: Iterable[Any], totals: Mapping[str, int], now: float) -> list[dict[str, Any]]:
    """The history with the totals of today. What stands for a day that is yet to come was written by a clock that was wrong."""
    today = time.strftime("%Y-%m-%d", time.gmtime(now))
    known = {entry["day"]: entry for entry in history if _good(entry) and entry["day"] < today}
    known[today] = {"day": today, **{key: totals[key] for key in KEYS}}
    return [known[day] for day in sorted(known)][-DAYS:]


def _good(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("day"), str)
        and all(isinstance(entry.get(key), int) for key in KEYS)
    )
