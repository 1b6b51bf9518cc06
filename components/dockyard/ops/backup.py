"""One backup: the links as an index, then the blobs, in one snapshot of restic."""

import hashlib
import time
from pathlib import Path
from typing import Any

from dockyard.ops import links, results
from dockyard.ops.errors import OpsError
from dockyard.ops.lock import locked
from dockyard.ops.report import Report
from dockyard.ops.restic import MissingRepository, Restic
from dockyard.ops.settings import Settings

INDEX = "links.jsonl"
PARTS = 7
"""A check reads one of so many parts of the repository's data, the next one each time."""


def backup(settings: Settings, report: Report) -> dict[str, Any]:
    """Makes a snapshot and drops those that nothing keeps. Gives what `dockyard backup --json` prints. Raises OpsError."""
    with locked(settings.state, "backup"), results.remembered(settings.state, "backup") as found:
        restic = _opened(settings, report)
        report.progress("reading tags, manifests and layers")
        started = time.time()
        index = settings.state / INDEX
        bad = links.write_index(links.read_links(settings.tree), index)
        blobs = settings.tree / "blobs"
        report.progress("copying what is new")
        summary = _copied(settings, restic, [index, *([blobs] if blobs.is_dir() else [])])
        report.progress("dropping old snapshots")
        restic.forget()
        found.update(
            snapshot=summary["snapshot_id"],
            taken=started,
            bytes_new=summary["data_added"],
            bytes_total=summary["total_bytes_processed"],
            files_new=summary["files_new"] + summary["files_changed"],
            files_total=summary["total_files_processed"],
            warnings=[f"{link.path}: is no link, but {len(link.content)} bytes" for link in bad],
            seconds=round(time.time() - started, 3),
        )
    return found


def check(settings: Settings, report: Report) -> dict[str, Any]:
    """restic's own check: the structure of the repository, and a part of its data. Raises OpsError where it is damaged."""
    with locked(settings.state, "check"), results.remembered(settings.state, "check") as found:
        restic = Restic(settings)
        part = int(results.last(settings.state, "check").get("part", 0)) % PARTS + 1
        report.progress(f"checking the repository, and part {part} of {PARTS} of its data")
        started = time.time()
        restic.check(part, PARTS)
        found.update(part=part, seconds=round(time.time() - started, 3))
    return found


def _copied(settings: Settings, restic: Restic, paths: list[Path]) -> dict[str, Any]:
    try:
        return restic.backup(paths)
    except MissingRepository:
        memory = settings.state / "repository.json"
        raise OpsError(
            "the backup repository is gone",
            f"bring it back, or mount its disk; to begin a new one on purpose, remove {memory}",
        ) from None


def _opened(settings: Settings, report: Report) -> Restic:
    """The repository, made where there is none. One that was there before is not looked for: it may be missing now."""
    restic = Restic(settings)
    known = hashlib.sha256(settings.repository_file.read_bytes()).hexdigest()
    if results.last(settings.state, "repository").get("address") != known:
        if not restic.exists():
            report.progress("making the backup repository")
            restic.make()
        results.remember(settings.state, "repository", address=known)
    return restic
