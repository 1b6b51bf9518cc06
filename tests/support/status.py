"""Plain values as the inventory gives them, for pages of any size."""

import time
from collections.abc import Sequence
from typing import Any

NOW = 1_795_749_600.0
DAY = 86400.0
GIB, MIB = 1 << 30, 1 << 20
JOBS = {"backup": "Backup", "drill": "Restore drill", "gc": "Garbage collection"}


def repository(name: str, tags: int = 3, faults: Sequence[str] = ()) -> dict[str, Any]:
    newest = [
        {
            "tag": f"1.{tags - number}",
            "digest": f"sha256:{number:064x}",
            "pushed": NOW - number * DAY,
            "attached": ["signature"] if number == 0 else [],
            "bytes": 40 * MIB,
            "platforms": ["linux/amd64", "linux/arm64"] if number % 2 else [],
            "kind": "index" if number % 2 else "image",
        }
        for number in range(min(tags, 10))
    ]
    return {
        "name": name,
        "tags": tags,
        "attached": 1,
        "manifests": 2 * tags,
        "bytes": 100 * MIB,
        "pushed": NOW,
        "newest": newest,
        "faults": list(faults),
        "faults_in_all": len(faults),
    }


def inventory(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    total = sum(it["bytes"] for it in entries) * 7 // 10
    view = {"bytes": total, "blobs": 100, "own": {it["name"]: it["bytes"] // 2 for it in entries}}
    return {
        "repositories": list(entries),
        "views": {"admin": view, "mine": view},
        "blobs": 110,
        "bytes": total + MIB,
    }


def condition(
    *,
    error: str = "",
    certificate: str = "ok",
    disk: str = "ok",
    instance: str = "registry-prod",
    host: str = "registry.example.com",
    issuer: str = "an authority",
) -> dict[str, Any]:
    return {
        "instance": instance,
        "host": host,
        "backs_up": True,
        "jobs": [_job(job, title, error if job == "backup" else "") for job, title in JOBS.items()],
        "certificate": {
            "subject": host,
            "issuer": issuer,
            "names": [host],
            "ends": NOW + 9 * DAY,
            "days": 9,
            "status": certificate,
            "evidence": f"{host}: 9 days left",
            "hint": "dockyard up",
        },
        "disk": {
            "path": "/var/lib/dockyard/registry-prod/registry",
            "free": 61 * GIB,
            "total": 250 * GIB,
            "reserve": 12 * GIB,
            "status": disk,
            "evidence": "/var/lib/dockyard/registry-prod/registry: 1 GiB free",
            "hint": "dockyard gc",
        },
        "writes": {"status": "ok", "text": ""},
        "versions": {"registry": "2.8.2", "nginx": "1.26.0"},
    }


def _job(job: str, title: str, error: str) -> dict[str, Any]:
    return {
        "job": job,
        "title": title,
        "started": NOW - DAY / 2,
        "succeeded": NOW - DAY / 2,
        "every": 86400,
        "seconds": 71.0,
        "status": "failure" if error else "ok",
        "evidence": error,
        "hint": f"dockyard {job}",
        "outcome": "3.2 GiB",
    }


def history(days: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "day": time.strftime("%Y-%m-%d", time.gmtime(NOW - number * DAY)),
            "repositories": 2,
            "tags": 6,
            "blobs": 110,
            "bytes": (100 - number) * GIB,
        }
        for number in reversed(range(days))
    ]
