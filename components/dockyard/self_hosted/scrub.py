"""The setting `scrub`: how often every blob is read again and compared with its digest, and how fast."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader

_DAY = 86400
_SIZE = re.compile(r"([1-9][0-9]{0,11})([KMG]?)")
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30}
_RATE = "50M"


@dataclass(frozen=True)
class Scrub:
    """every: seconds from one round to the next, 0 for none but by hand; rate: bytes a second."""

    every: int = 30 * _DAY
    rate: int = 50 << 20


def read_scrub(settings: Reader) -> Scrub:
    reader = Reader(settings.get("scrub"), settings.problems, "scrub")
    every = reader.integer("every_days", 30, 0, 366) * _DAY
    text = reader.text("bytes_per_second", _RATE)
    size = _SIZE.fullmatch(text)
    if size is None:
        reader.problem(
            "bytes_per_second", f"is not a size: {text!r}", "bytes, or a number with K, M or G: 50M"
        )
    reader.finish()
    number, unit = size.groups() if size else ("50", "M")
    return Scrub(every, int(number) << _UNITS[unit])
