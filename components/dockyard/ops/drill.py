"""The drill: proves that the last snapshot can be restored, and every image in it be pulled."""

import shutil
import time
from typing import Any

from dockyard.ops import links, restored, results
from dockyard.ops.backup import INDEX
from dockyard.ops.examine import Store, examine
from dockyard.ops.lock import locked
from dockyard.ops.report import Report
from dockyard.ops.restic import Restic
from dockyard.ops.scratch import Client, served
from dockyard.ops.settings import TREE, Settings

SAY_EVERY = 5.0


def drill(settings: Settings, report: Report) -> dict[str, Any]:
    """Gives what `dockyard drill --json` prints; `broken` names every fault. Raises OpsError where it could not be done."""
    with locked(settings.state, "drill", "drill.lock"), results.remembered(settings.state, "drill") as found:
        shutil.rmtree(settings.scratch, ignore_errors=True)
        try:
            settings.scratch.mkdir(mode=0o700)
            _drill(settings, report, found)
        finally:
            shutil.rmtree(settings.scratch, ignore_errors=True)
    return found


def _drill(settings: Settings, report: Report, found: dict[str, Any]) -> None:
    started = time.time()
    folder = settings.scratch
    with locked(settings.state, "drill"):
        restic = Restic(settings)
        snapshot = restored.choose(restic.snapshots())
        size = restored.require_space(settings, restic, snapshot, folder)
        at = restored.taken(snapshot)
        report.progress(
            f"restoring snapshot {snapshot['short_id']} of {restored.shown(at)}, {size >> 20} MiB"
        )
        root = restored.restore_into(restic, snapshot, folder)
    found.update(
        snapshot=snapshot["short_id"], taken=at, rpo_seconds=round(started - at, 3), bytes_restored=size
    )
    report.progress("reading every manifest")
    store = examine(root / TREE, links.read_index(folder / INDEX))
    with served(settings.registry, folder, root) as client:
        found["rto_seconds"] = round(time.time() - started, 3)
        pull_all(store, client, report)
    found.update(
        repositories=len(store.repositories),
        tags=store.tags,
        manifests=store.manifests,
        blobs=len({part.digest for part in store.parts.values()}),
        bytes_pulled=client.bytes,
        seconds=round(time.time() - started, 3),
        broken=store.broken,
    )


def pull_all(store: Store, client: Client, report: Report) -> None:
    """Pulls every manifest, by tag and by digest, and every blob once; each must have its digest. Others that have the blob must
    have it too.
    """
    said = time.monotonic()
    for repository in store.repositories.values():
        for tag, digest in sorted(repository.tags.items()):
            if digest in repository.revisions and digest not in store.bad:
                _pull(
                    store,
                    client,
                    f"/v2/{repository.name}/manifests/{tag}",
                    digest,
                    f"{repository.name}:{tag}",
                )
        for digest in sorted(repository.revisions - store.bad):
            _pull(
                store, client, f"/v2/{repository.name}/manifests/{digest}", digest, repository.label(digest)
            )
    pulled: set[str] = set()
    for part in store.parts.values():
        path, name = f"/v2/{part.repository}/blobs/{part.digest}", f"{part.label}: {part.kind} {part.digest}"
        if part.digest in store.bad:
            continue
        if part.digest in pulled:
            if not client.has(path):
                store.blame(f"{name} cannot be pulled")
            continue
        pulled.add(part.digest)
        _pull(store, client, path, part.digest, name)
        if time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            report.progress(f"pulled {len(pulled)} blobs, {client.bytes >> 20} MiB")


def _pull(store: Store, client: Client, path: str, digest: str, name: str) -> None:
    status, got = client.pull(path, digest.partition(":")[0])
    if status != 200:
        store.blame(f"{name}: cannot be pulled (status {status})", digest)
    elif got != digest:
        store.blame(f"{name}: is corrupt", digest)
