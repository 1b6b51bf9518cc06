"""The setting `upkeep`: how often the host does by itself what keeps the registry in order."""

from dockyard.reader import Reader

_DAY = 86400
_MINUTE = 60


def read_upkeep(settings: Reader, backed_up: bool, expires: bool) -> tuple[tuple[str, int], ...]:
    """Job to seconds between two runs; those that are not run by themselves are left out.

    backed_up: garbage collection waits for a backup, so without one it is not tried. expires: whether there are rules.
    """
    reader = Reader(settings.get("upkeep"), settings.problems, "upkeep")
    seconds = {
        "retention": reader.integer("retention_every_days", 1, 0, 366) * expires * _DAY,
        "gc": reader.integer("gc_every_days", 7, 0, 366) * backed_up * _DAY,
        "inventory": reader.integer("inventory_every_minutes", 60, 0, 1440) * _MINUTE,
    }
    reader.finish()
    return tuple((job, count) for job, count in seconds.items() if count)
