"""A snapshot as a store again, in a folder of its own."""

import os
import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from dockyard.ops import links, results
from dockyard.ops.backup import INDEX
from dockyard.ops.errors import OpsError
from dockyard.ops.restic import Restic
from dockyard.ops.settings import TREE, Settings

RESERVE = 64 << 20
"""Bytes that stay free."""


def choose(snapshots: Sequence[dict[str, Any]], at: float | None = None) -> dict[str, Any]:
    """The last snapshot, or the last that was taken by then (seconds since 1970). Raises OpsError where there is none."""
    found = [snapshot for snapshot in snapshots if at is None or taken(snapshot) <= at]
    if not snapshots:
        raise OpsError("there is no snapshot yet", "`dockyard backup` makes one")
    if not found:
        first = shown(taken(snapshots[0]))
        raise OpsError("there is no snapshot of that time or before", f"the first one is of {first}")
    return found[-1]


def taken(snapshot: dict[str, Any]) -> float:
    return moment(str(snapshot["time"]))


def moment(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; without a zone it is UTC. Raises OpsError."""
    short = re.sub(r"(\.\d{1,6})\d*", r"\1", text.strip().replace("Z", "+00:00"))
    try:
        read = datetime.fromisoformat(short)
    except ValueError:
        raise OpsError(
            f"{text!r} is no time", "such as 2026-05-01T12:00:00+02:00, or 2026-05-01 12:00 for UTC"
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).timestamp()  # noqa: UP017 -- older Pythons too


def shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")  # noqa: UP017


def require_space(settings: Settings, restic: Restic, snapshot: dict[str, Any], folder: Path) -> int:
    """The bytes of the snapshot. Raises OpsError where the folder's disk has not so many free."""
    last = results.last(settings.state, "backup")
    known = last.get("snapshot") == snapshot["short_id"] and "bytes_total" in last
    size = int(last["bytes_total"]) if known else restic.size(snapshot["id"])
    free = shutil.disk_usage(folder).free
    needed = size + size // 50 + RESERVE
    if free < needed:
        raise OpsError(
            f"{folder} has {free >> 20} MiB free, and the snapshot needs {needed >> 20} MiB",
            "free some, or restore to another disk with --to",
        )
    return size


def restore_into(restic: Restic, snapshot: dict[str, Any], folder: Path) -> Path:
    """Makes `folder` anew with the snapshot's store in it; gives the store's root. Raises OpsError."""
    paths = [str(path) for path in snapshot["paths"]]
    indexes = [path for path in paths if path.endswith(f"/{INDEX}")]
    blobs = [path for path in paths if path.endswith(f"/{TREE}/blobs")]
    if len(indexes) != 1:
        raise OpsError(f"snapshot {snapshot['short_id']} is none of a registry: {', '.join(paths)}")
    raw, root = folder / "raw", folder / "root"
    (root / TREE).mkdir(parents=True)
    raw.mkdir()
    restic.restore(snapshot["id"], raw)
    for path in blobs:
        os.rename(raw / path.lstrip("/"), root / TREE / "blobs")
    index = folder / INDEX
    os.rename(raw / indexes[0].lstrip("/"), index)
    shutil.rmtree(raw)
    # A broken link would stop the registry's garbage collection for all; without it, a push of the tag mends it.
    links.write_links((link for link in links.read_index(index) if link.good), root / TREE)
    return root
