"""How an instance is: its jobs, its certificate, its disk, its programs, and whether it takes pushes."""

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockyard.ops import ages, certificate, front, pem, results, space, watch
from dockyard.ops.certificate import DAY
from dockyard.ops.settings import Settings
from dockyard.ops.shown import length, several, size
from dockyard.ops.verdict import Verdict

TITLES = {
    "backup": "Backup",
    "check": "Check of the backups",
    "drill": "Restore drill",
    "retention": "Retention",
    "gc": "Garbage collection",
    "scrub": "Scrub",
}
SECONDS = 5


def condition(settings: Settings, now: float) -> dict[str, Any]:
    """Plain values, as `dockyard report --json` prints them."""
    return {
        "instance": settings.instance,
        "host": settings.host,
        "backs_up": settings.backs_up,
        "jobs": [_job(settings, job, now) for job in wanted(settings)],
        "certificate": _certificate(settings, now),
        "disk": _disk(settings),
        "writes": writes(settings),
        "versions": {
            "registry": _version([settings.registry, "--version"]),
            "nginx": _version([str(settings.looks_at.get("nginx", "")), "-v"]),
        },
    }


def wanted(settings: Settings) -> list[str]:
    """The jobs that this instance has."""
    absent = () if settings.backs_up else ("backup", "check", "drill")
    without = ("retention",) if settings.retention is None else ()
    return [job for job in TITLES if job not in (*absent, *without)]


def _job(settings: Settings, job: str, now: float) -> dict[str, Any]:
    known = results.last(settings.state, job)
    period = settings.every.get(job, 0)
    judged = ages.judge(job, known, period, now)
    return {
        "job": job,
        "title": TITLES[job],
        "started": known["started"],
        "succeeded": known["succeeded"],
        "every": period,
        "seconds": known.get("seconds"),
        "status": judged.status,
        "evidence": judged.evidence,
        "hint": judged.hint,
        "outcome": _outcome(job, known) if known["succeeded"] else "",
    }


def _outcome(job: str, known: Mapping[str, Any]) -> str:
    """What the last success came to. What another version has remembered may lack a part of it."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        if job == "backup":
            return f"{size(known['bytes_new'])} new of {size(known['bytes_total'])}"
        if job == "check":
            return f"part {known['part']} of 7 read"
        if job == "drill":
            return f"{several(known['tags'], 'tag')} pulled, back after {length(known['rto_seconds'])}"
        if job == "retention":
            return f"{several(known['tags'], 'tag')} and {several(known['manifests'], 'manifest')} removed"
        if job == "gc":
            freed = f"{size(known['bytes_freed'])} freed"
            return f"{freed}; writes waited {length(known['window_seconds'])}"
        return f"{several(known['blobs'], 'blob')} compared, {size(known['bytes_hashed'])}"
    return ""


def _certificate(settings: Settings, now: float) -> dict[str, Any]:
    found = pem.described(Path(settings.looks_at.get("certificate", "/nonexistent")))
    if not found:
        return _with({}, Verdict("certificate", "skipped", "it cannot be read", "dockyard doctor"))
    left = found["ends"] - now
    judged = certificate.judge(settings.looks_at["domain"], left)
    return _with({**found, "days": int(left // DAY)}, judged)


def _disk(settings: Settings) -> dict[str, Any]:
    room = space.room(settings.store)
    kept = watch.reserve(settings.reserve_percent, settings.reserve_bytes, room.total)
    judged = space.judge("disk", settings.store, room)
    return _with(
        {"path": str(settings.store), "free": room.free, "total": room.total, "reserve": kept}, judged
    )


def _with(found: Mapping[str, Any], judged: Verdict) -> dict[str, Any]:
    return {**found, "status": judged.status, "evidence": judged.evidence, "hint": judged.hint}


def writes(settings: Settings) -> dict[str, str]:
    """Whether pushes are taken, and why they are not."""
    if settings.reads_only:
        return {"status": "ok", "text": "This registry is read-only: pushes and deletes are refused."}
    with contextlib.suppress(FileNotFoundError):
        if settings.read_only.read_text().startswith(front.OURS):
            return {
                "status": "ok",
                "text": "For a moment, while an operation changes the store, pushes are refused.",
            }
        return {
            "status": "warning",
            "text": "Pushes and deletes are refused: somebody has switched them off by hand.",
        }
    if os.path.exists(settings.full):
        return {"status": "failure", "text": "New uploads are refused: the disk is nearly full. Pulls go on."}
    return {"status": "ok", "text": ""}


def _version(command: list[str]) -> str:
    """Nothing where the program does not say."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if match := re.search(r"\d+\.\d+[0-9A-Za-z.+~-]*", done.stdout + done.stderr):
            return match[0]
    return ""
