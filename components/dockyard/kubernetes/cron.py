"""How often a schedule of cron runs."""

import re

_FIELD = re.compile(r"(?P<from>\*|[0-9]+)(?:-(?P<to>[0-9]+))?(?:/(?P<step>[1-9][0-9]*))?")
_DAY = 24 * 60


def longest_pause(schedule: str) -> int:
    """The longest time between two runs, in minutes, of a schedule that runs every day: `MINUTE HOUR * * *`.

    Raises ValueError, its text for people, for what is none.
    """
    fields = schedule.split()
    if len(fields) != 5:
        raise ValueError(f"must have five fields, got {schedule!r}")
    if fields[2:] != ["*", "*", "*"]:
        raise ValueError(f"must run every day, got {schedule!r}")
    minutes, hours = _times(fields[0], 59), _times(fields[1], 23)
    runs = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    return max(later - run for run, later in zip(runs, [*runs[1:], runs[0] + _DAY], strict=True))


def _times(field: str, last: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _FIELD.fullmatch(part)
        if not match or (match["from"] == "*" and match["to"]):
            raise ValueError(f"has a field that is none of cron: {field!r}")
        first = 0 if match["from"] == "*" else int(match["from"])
        # `5/15` goes on to the end, `5` does not.
        end = int(match["to"] or (last if match["step"] or match["from"] == "*" else first))
        if not first <= end <= last:
            raise ValueError(f"has a field outside 0 to {last}: {field!r}")
        found |= set(range(first, end + 1, int(match["step"] or 1)))
    return found
