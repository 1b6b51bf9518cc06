"""Metrics of what an instance is like now: jobs, disks, whether writes are refused, uploads, the last count of the images."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockyard.ops import results, space, uploads, watch
from dockyard.ops.exposition import Sample
from dockyard.ops.rotation import JOB as ROTATION
from dockyard.ops.schedule import GROUPS
from dockyard.ops.settings import Settings

OF_BACKUPS = GROUPS["operations"]
VALUES = {
    ("gc", "bytes_freed"): "dockyard_gc_freed_bytes",
    ("backup", "bytes_new"): "dockyard_backup_new_bytes",
    ("drill", "rpo_seconds"): "dockyard_drill_recovery_point_seconds",
    ("drill", "rto_seconds"): "dockyard_drill_recovery_time_seconds",
}
"""What a job has remembered of itself to the metric that shows it."""
DURATIONS = ("seconds", "window_seconds")
COUNTED = ("repositories", "tags", "blobs", "bytes")


def jobs(settings: Settings) -> Iterator[Sample]:
    """Those that this instance has."""
    names = [*(OF_BACKUPS if settings.backs_up else ()), *GROUPS["upkeep"], ROTATION]
    for job in names:
        if job != "retention" or settings.retention is not None:
            # One that a former version has remembered may be for its own account alone.
            with contextlib.suppress(PermissionError):
                yield from _job(job, results.last(settings.state, job), settings.every.get(job, 0))


def _job(job: str, known: dict[str, Any], period: float) -> Iterator[Sample]:
    labels, broken = {"job": job}, known.get("broken")
    faults = len(broken) if isinstance(broken, list) else 0
    yield Sample("dockyard_job_started_timestamp_seconds", _number(known["started"]), labels)
    yield Sample("dockyard_job_succeeded_timestamp_seconds", _number(known["succeeded"]), labels)
    yield Sample("dockyard_job_failed", bool(known["error"] or faults), labels)
    yield Sample("dockyard_job_faults", faults, labels)
    yield Sample("dockyard_job_period_seconds", period, labels)
    lasted = [known[name] for name in DURATIONS if name in known]
    if lasted:
        yield Sample("dockyard_job_duration_seconds", _number(lasted[0]), labels)
    for (owner, key), name in VALUES.items():
        if owner == job and key in known:
            yield Sample(name, _number(known[key]))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def inventory(settings: Settings) -> Iterator[Sample]:
    """Absent until the images have been counted."""
    known = results.last(settings.state, "inventory")
    for name in COUNTED:
        if name in known:
            yield Sample(f"dockyard_store_{name}", _number(known[name]))


def disks(settings: Settings) -> Iterator[Sample]:
    places = {"store": settings.store, "state": settings.state}
    if folder := settings.looks_at.get("backup"):
        places["backup"] = Path(folder)
    for place, path in places.items():
        room, labels = space.room(path), {"place": place}
        yield Sample("dockyard_disk_free_bytes", room.free, labels)
        yield Sample("dockyard_disk_size_bytes", room.total, labels)
        if room.inodes:
            yield Sample("dockyard_disk_free_inodes", room.free_inodes, labels)
            yield Sample("dockyard_disk_inodes", room.inodes, labels)
    total = watch.disk(settings).total
    kept = watch.reserve(settings.reserve_percent, settings.reserve_bytes, total)
    yield Sample("dockyard_reserve_bytes", kept)


def writes(settings: Settings) -> Iterator[Sample]:
    reasons = {
        "setting": bool(settings.metrics["read_only"]),
        "maintenance": settings.read_only.exists(),
        "full": settings.full.exists(),
    }
    for reason, refused in reasons.items():
        yield Sample("dockyard_writes_refused", refused, {"reason": reason})


def uploading(settings: Settings) -> Iterator[Sample]:
    """Looks into every repository's folder of uploads; their files' own times count, as where they are swept."""
    latest = time.time() - uploads.AGE
    found = [_touched(upload) for upload in uploads.uploads(settings.tree)]
    yield Sample("dockyard_uploads", len(found))
    yield Sample("dockyard_abandoned_uploads", sum(at < latest for at in found))


def _touched(upload: Path) -> float:
    """When it was written to last; now, where it has just ended."""
    try:
        return max(path.lstat().st_mtime for path in (upload, *upload.rglob("*")))
    except FileNotFoundError:
        return time.time()
