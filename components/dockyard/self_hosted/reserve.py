"""The setting `reserve`: room on the store's disk that uploads may not take."""

import re
from dataclasses import dataclass

from dockyard.reader import Reader

_RESERVE = re.compile(r"(0|[1-9][0-9]?)%|(0|[1-9][0-9]{0,11})([KMGT]?)")
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


@dataclass(frozen=True)
class Reserve:
    """A share of the disk, or bytes; neither for none."""

    percent: int = 5
    bytes: int = 0

    @property
    def wanted(self) -> bool:
        return bool(self.percent or self.bytes)


def read_reserve(settings: Reader) -> Reserve:
    text = settings.text("reserve", "5%")
    found = _RESERVE.fullmatch(text)
    if not found:
        hint = '"5%" of the disk, "10G", or "0" for none'
        settings.problem("reserve", f"is neither a share nor a size: {text!r}", hint)
        return Reserve()
    percent, number, unit = found.groups()
    return Reserve(int(percent or 0), int(number or 0) << _UNITS[unit or ""])
