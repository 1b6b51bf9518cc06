"""Whether what is changed now could be brought back: by a backup that is young enough, and whose last drill did not fail."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

LATE = 2
"""A backup counts for so many of its periods; without a period, for a week."""
WEEK = 7 * 86400.0
MAKE = "`dockyard backup` makes one"


class Lacking(NamedTuple):
    """What is missing, and what mends it."""

    message: str
    hint: str


NONE_ARE_MADE = Lacking(
    "this registry has no backups", 'set backup: {"enabled": true} in its stack, then run `dockyard up`'
)


def lacking(every: Mapping[str, int], last: Callable[[str], Mapping[str, Any]], now: float) -> Lacking | None:
    """every: job -> seconds between two runs. last: what is remembered of a job."""
    backup, drill = last("backup"), last("drill")
    limit = LATE * every.get("backup", 0) or WEEK
    if not backup["succeeded"]:
        return Lacking("there is no backup yet", MAKE)
    if now - backup["succeeded"] > limit:
        age = (now - backup["succeeded"]) / 3600
        return Lacking(f"the last backup is {age:.0f} hours old", MAKE)
    if drill["error"]:
        return Lacking(f"the last drill has failed ({drill['error']})", "`dockyard drill` tells more")
    return None
