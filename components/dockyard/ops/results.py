"""What the last run of each job came to: `backup.json`, `check.json`, `drill.json`, `restore.json` and so on in the state folder.

`started` and `succeeded` are seconds since 1970, 0 for never; `error` is "" after a success; the rest is the job's own.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockyard.ops.errors import OpsError
from dockyard.ops.lock import belongs


def last(folder: Path, job: str) -> dict[str, Any]:
    """What is remembered of a job. Nothing, and nothing that can be read, is a job that never ran."""
    nothing = {"started": 0.0, "succeeded": 0.0, "error": ""}
    try:
        found = json.loads((folder / f"{job}.json").read_text())
    except (FileNotFoundError, ValueError):
        return nothing
    return {**nothing, **found} if isinstance(found, dict) else nothing


def remember(folder: Path, job: str, **changes: Any) -> None:
    """Changes parts of what is remembered, in one step."""
    text = json.dumps({**last(folder, job), **changes}, indent=1, sort_keys=True)
    temporary = folder / f".{job}.json.new"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "w") as stream:
        belongs(descriptor, folder)
        os.fchmod(descriptor, 0o644)  # the folder says who may come as far: the account of metrics, for one
        stream.write(text + "\n")
        stream.flush()
        os.fsync(descriptor)
    os.rename(temporary, folder / f"{job}.json")


@contextlib.contextmanager
def remembered(folder: Path, job: str) -> Iterator[dict[str, Any]]:
    """Remembers that the job has begun, and how it ended; what the body puts into the mapping is remembered with it."""
    remember(folder, job, started=time.time())
    found: dict[str, Any] = {}
    try:
        yield found
    except OpsError as error:
        remember(folder, job, **{**found, "error": error.message})
        raise
    if broken := found.get("broken"):
        remember(folder, job, **{**found, "error": f"broken: {broken[0]}"})
    else:
        remember(folder, job, **{**found, "succeeded": time.time(), "error": ""})
