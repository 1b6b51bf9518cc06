"""How numbers and names are shown to people, on the status page and in the terminal."""

import time


def size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def number(count: int) -> str:
    """With a mark between the thousands."""
    return f"{count:,}"


def several(count: int, one: str, more: str = "") -> str:
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def length(seconds: float) -> str:
    """How long something took or is ago."""
    for size, unit in UNITS:
        if seconds >= 1.5 * size or (size < 86400 and seconds >= size):
            return several(round(seconds / size), unit)
    return several(max(round(seconds), 0), "second")


def every(seconds: float) -> str:
    """How often something is: `every hour`, `every 7 days`."""
    size, unit = next((it for it in UNITS if seconds % it[0] == 0), (1, "second"))
    return f"every {several(round(seconds / size), unit).removeprefix('1 ')}"


def moment(at: float, form: str = "%Y-%m-%d %H:%M") -> str:
    return time.strftime(form, time.gmtime(at))


def printable(text: str) -> str:
    """Names may hold anything: what is no visible character (ends of lines, changes of direction) is shown as a box."""
    return "".join(it if it.isprintable() else "\ufffd" for it in text)
