"""Restoring: beside, examined, then put in place in one step."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import front, links, restored, results, swap
from dockyard.ops.accounts import give, run_as, user_id
from dockyard.ops.backup import INDEX
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import Store, blob_path, examine
from dockyard.ops.lock import locked
from dockyard.ops.report import Report
from dockyard.ops.restic import Restic
from dockyard.ops.settings import TREE, Settings

ASIDE = ".dockyard-restore"
RESULT = "result.json"
TOP = TREE.split("/")[0]
CHUNK = 1 << 20
FEW = 5


@dataclass(frozen=True)
class Wish:
    """What is to be restored. to: another folder than the store; at: the time, as it was typed."""

    to: Path | None = None
    at: str = ""
    force: bool = False


def restore(settings: Settings, wish: Wish, report: Report) -> dict[str, Any]:
    """Gives what `dockyard restore --json` prints. Raises OpsError; then nothing was changed."""
    base = wish.to.absolute() if wish.to else settings.store
    with locked(settings.state, "restore"), results.remembered(settings.state, "restore") as found:
        aside = _made_aside(settings, base, in_place=wish.to is None)
        try:
            part = partial(_prepare, settings, wish, aside, report)
            if run_as(settings.account, lambda: report.told(part)):
                raise OpsError("the restore has failed; nothing was changed", "see above")
            found.update(json.loads((aside / RESULT).read_text()))
            if found["broken"] and not wish.force:
                shown = "\n    ".join(found["broken"])
                hint = "restore an earlier one with --at; --force restores this one, less the broken blobs"
                raise OpsError(f"the snapshot holds broken images; nothing was changed:\n    {shown}", hint)
            give(aside / "root", settings.owner)
            _put_in_place(settings, wish, base, aside, report)
            found["to"] = str(base)
        finally:
            swap.recover(base / TOP, aside / "old")
            shutil.rmtree(aside)
        # What is wrong with a snapshot that was wanted all the same has been told; the restore has not failed.
        found["warnings"] = found.pop("broken")
    return found


def _made_aside(settings: Settings, base: Path, in_place: bool) -> Path:
    """An empty folder on the disk of `base`, that belongs to the account of backups."""
    aside = base / ASIDE
    if not in_place:
        if not base.exists():
            base.mkdir(parents=True)
            give(base, settings.owner)
        if others := sorted(set(os.listdir(base)) - {ASIDE}):
            raise OpsError(
                f"{base} is not empty: it holds {others[0]}", "name a folder that is not there yet"
            )
    swap.recover(base / TOP, aside / "old")
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(mode=0o700)
    if settings.account:
        os.chown(aside, user_id(settings.account), -1, follow_symlinks=False)
    return aside


def _prepare(settings: Settings, wish: Wish, aside: Path, report: Report) -> int:
    """As the account of backups: the snapshot as a store in `aside/root`, every blob compared with its digest."""
    started = time.time()
    restic = Restic(settings)
    snapshot = restored.choose(restic.snapshots(), restored.moment(wish.at) if wish.at else None)
    size = restored.require_space(settings, restic, snapshot, aside)
    at = restored.taken(snapshot)
    report.progress(f"restoring snapshot {snapshot['short_id']} of {restored.shown(at)}, {size >> 20} MiB")
    tree = restored.restore_into(restic, snapshot, aside) / TREE
    report.progress("comparing every blob with its digest")
    store = examine(tree, links.read_index(aside / INDEX))
    for part in store.parts.values():
        if part.digest not in store.bad and not _is(tree, part.stored):
            store.blame(f"{part.label}: {part.kind} {part.digest}: is corrupt", part.digest)
    _drop_bad(tree, store)
    found = {
        "snapshot": snapshot["short_id"],
        "taken": at,
        "bytes_restored": size,
        "repositories": len(store.repositories),
        "tags": store.tags,
        "manifests": store.manifests,
        "broken": store.broken,
        "seconds": round(time.time() - started, 3),
    }
    (aside / RESULT).write_text(json.dumps(found))
    return 0


def _is(tree: Path, digest: str) -> bool:
    algorithm, _, value = digest.partition(":")
    found = hashlib.new(algorithm)
    with blob_path(tree, digest).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest() == value


def _drop_bad(tree: Path, store: Store) -> None:
    """Blobs of wrong bytes would be served, and a push would not mend them: it finds them there."""
    stored = {part.digest: part.stored for part in store.parts.values()}
    for digest in store.bad:
        blob_path(tree, stored.get(digest) or digest).unlink(missing_ok=True)


def _put_in_place(settings: Settings, wish: Wish, base: Path, aside: Path, report: Report) -> None:
    new, old = aside / "root" / TOP, aside / "old"
    if wish.to:
        swap.put_in_place(new, base / TOP, old)
        return
    _refuse_losses(settings, aside, wish.force)
    report.progress("putting it in place; writes wait, pulls go on")
    with front.closed(settings):
        front.wait_until_quiet(settings)
        _refuse_losses(settings, aside, wish.force)
        swap.put_in_place(new, base / TOP, old)


def _refuse_losses(settings: Settings, aside: Path, force: bool) -> None:
    """Raises OpsError where the store holds what the snapshot does not."""
    if force:
        return
    known = set(links.read_index(aside / INDEX))
    lost = list(_losses(settings.tree, known))
    if lost:
        more = f" and {len(lost) - FEW} more" if len(lost) > FEW else ""
        raise OpsError(
            f"the registry holds {len(lost)} tags or manifests that the snapshot does not: {', '.join(lost[:FEW])}{more}",
            "`dockyard backup` keeps them; --force restores all the same, and they are lost",
        )


def _losses(tree: Path, known: set[links.Link]) -> Iterator[str]:
    for link in links.read_links(tree):
        name, _, rest = link.path.removeprefix("repositories/").partition("/_manifests/")
        if link in known or not link.good:
            continue
        if rest.startswith("tags/") and rest.endswith("/current/link"):
            yield f"{name}:{rest.split('/')[1]}"
        elif rest.startswith("revisions/"):
            yield f"{name}@{link.content}"
