"""The setting `upkeep`: how often the host does by itself what keeps the registry in order."""

from dockyard.reader import Reader

_DAY = 86400


def read_upkeep(settings: Reader, backed_up: bool, expires: bool) -> tuple[tuple[str, int], ...]:
    """Job to seconds between two runs; those that are not run by themselves are left out.

    backed_up: garbage collection waits for a backup, so without one it is not tried. expires: whether there are rules.
    """
    reader = Reader(settings.get("upkeep"), settings.problems, "upkeep")
    days = {
        "retention": reader.integer("retention_every_days", 1, 0, 366) * expires,
        "gc": reader.integer("gc_every_days", 7, 0, 366) * backed_up,
    }
    reader.finish()
    return tuple((job, count * _DAY) for job, count in days.items() if count)
