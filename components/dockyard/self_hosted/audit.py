"""The setting `audit`: how long the front's logs are kept, and how much of the disk they may take."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader

_SIZE = re.compile(r"([1-9][0-9]{0,11})([KMGT]?)")
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_LEAST = 1 << 20
_MOST = "1G"


@dataclass(frozen=True)
class Audit:
    """keep_days: how long; max_bytes: of each log, with all that was put aside of it."""

    keep_days: int = 90
    max_bytes: int = 1 << 30


def read_audit(settings: Reader) -> Audit:
    reader = Reader(settings.get("audit"), settings.problems, "audit")
    days = reader.integer("keep_days", 90, 1, 3660)
    text = reader.text("max_size", _MOST)
    found = _SIZE.fullmatch(text)
    size = int(found[1]) << _UNITS[found[2]] if found else _LEAST
    hint = "bytes, or a number with K, M, G or T: 1G"
    if not found:
        reader.problem("max_size", f"is not a size: {text!r}", hint)
    elif size < _LEAST:
        reader.problem("max_size", f"must be at least 1M, got {text!r}", hint)
    reader.finish()
    return Audit(days, size)
