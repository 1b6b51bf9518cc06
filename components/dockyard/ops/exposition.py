"""Metrics as Prometheus reads them: the text format 0.0.4. What each one is called, and means, stands here."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Family(NamedTuple):
    """kind: gauge, counter or histogram."""

    kind: str
    help: str


class Sample(NamedTuple):
    """One value. A histogram's samples are named for their family with `_bucket`, `_sum` and `_count`."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


FAMILIES = {
    "dockyard_build_info": Family("gauge", "1; which instance and which versions this is."),
    "dockyard_collector_up": Family(
        "gauge", "Whether values of this part are fresh; stale ones are left out."
    ),
    "dockyard_up": Family("gauge", "Whether the front answers, and the registry behind it."),
    "dockyard_requests_total": Family("counter", "Requests by what they want and how they were answered."),
    "dockyard_received_bytes_total": Family("counter", "Bytes that clients have sent."),
    "dockyard_sent_bytes_total": Family("counter", "Bytes that clients were sent."),
    "dockyard_request_duration_seconds": Family(
        "histogram", "From the first byte of a request to the last of its answer."
    ),
    "dockyard_failed_logins_total": Family(
        "counter", "Requests with a wrong name or password, those that were limited included."
    ),
    "dockyard_limited_requests_total": Family("counter", "Requests that were answered 429."),
    "dockyard_unreadable_lines_total": Family("counter", "Lines of the audit log that are none."),
    "dockyard_front_connections": Family("gauge", "Connections of the front by state."),
    "dockyard_front_connections_accepted_total": Family(
        "counter", "Connections that the front has accepted."
    ),
    "dockyard_front_connections_dropped_total": Family("counter", "Connections that it had no room for."),
    "dockyard_processes": Family("gauge", "Processes of a service."),
    "dockyard_process_resident_bytes": Family(
        "gauge", "Memory of a service; what its processes share counts for each."
    ),
    "dockyard_process_cpu_seconds_total": Family("counter", "CPU time of a service."),
    "dockyard_process_open_files": Family(
        "gauge", "Open files of a service; from Linux 6.2 on where it is another account's."
    ),
    "dockyard_job_started_timestamp_seconds": Family("gauge", "When a job began last; 0 for never."),
    "dockyard_job_succeeded_timestamp_seconds": Family("gauge", "When a job succeeded last; 0 for never."),
    "dockyard_job_failed": Family("gauge", "Whether its last run failed, or found something broken."),
    "dockyard_job_faults": Family("gauge", "How many things its last run found broken."),
    "dockyard_job_period_seconds": Family("gauge", "How often it runs by the clock; 0 for by hand alone."),
    "dockyard_job_duration_seconds": Family("gauge", "How long its last run took."),
    "dockyard_gc_freed_bytes": Family("gauge", "What the last garbage collection freed."),
    "dockyard_backup_new_bytes": Family("gauge", "What the last backup added."),
    "dockyard_drill_recovery_point_seconds": Family(
        "gauge", "How old the images were that the last drill restored."
    ),
    "dockyard_drill_recovery_time_seconds": Family("gauge", "How long the last drill took to restore them."),
    "dockyard_certificate_remaining_seconds": Family("gauge", "Until the certificate that is served ends."),
    "dockyard_disk_free_bytes": Family("gauge", "Room for those who are not root."),
    "dockyard_disk_size_bytes": Family("gauge", "Size of the disk."),
    "dockyard_disk_free_inodes": Family(
        "gauge", "Files that may still be made; absent where they are not counted."
    ),
    "dockyard_disk_inodes": Family("gauge", "Files that the disk may hold."),
    "dockyard_reserve_bytes": Family("gauge", "Room on the store's disk that uploads may not take."),
    "dockyard_writes_refused": Family(
        "gauge", "Whether writes are refused: by a setting, during maintenance, for a full disk."
    ),
    "dockyard_uploads": Family("gauge", "Uploads that have not ended."),
    "dockyard_abandoned_uploads": Family("gauge", "Of these, those that nobody has written to for a day."),
    "dockyard_store_repositories": Family("gauge", "Repositories, when they were counted last."),
    "dockyard_store_tags": Family("gauge", "Tags, when they were counted last."),
    "dockyard_store_blobs": Family("gauge", "Blobs, when they were counted last."),
    "dockyard_store_bytes": Family("gauge", "Bytes of the images, when they were counted last."),
}
PARTS = ("_bucket", "_sum", "_count")


def family_of(name: str) -> str:
    """The family that a sample belongs to."""
    base = next((name.removesuffix(part) for part in PARTS if name.endswith(part)), name)
    return base if base in FAMILIES and FAMILIES[base].kind == "histogram" else name


def text(samples: Iterable[Sample]) -> str:
    """Every family once, in the order above. Raises KeyError for a name that does not stand there."""
    found: dict[str, list[Sample]] = {name: [] for name in FAMILIES}
    for sample in samples:
        found[family_of(sample.name)].append(sample)
    lines = []
    for name, members in found.items():
        if members:
            lines += [f"# HELP {name} {FAMILIES[name].help}", f"# TYPE {name} {FAMILIES[name].kind}"]
            lines += [_line(sample) for sample in members]
    return "\n".join(lines) + "\n"


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
    return (
        f"{sample.name}{{{labels}}} {number(sample.value)}"
        if labels
        else f"{sample.name} {number(sample.value)}"
    )


def number(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
