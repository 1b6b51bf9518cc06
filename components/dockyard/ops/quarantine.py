"""Blobs of wrong bytes, taken away from pulls: `.dockyard-quarantine/DIGEST` in the registry's root directory, hence on its disk.

A push does not mend such a blob, because the registry believes that it has it. Without the blob a pull is answered 404, and a push
brings it. All of this runs as the owner of the store, under the lock.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from dockyard.ops.examine import blob_path
from dockyard.ops.hashing import BAD, CHUNK, GONE, GOOD, Found, judge
from dockyard.ops.links import DIGEST
from dockyard.ops.settings import Settings

ASIDE = ".dockyard-quarantine"
NEW = ".new"
SETTLED = 10.0
"""Seconds after which what is bad is not being written any more."""


def look(settings: Settings, digest: str, take: bool) -> dict[str, Any]:
    """Judges a blob again; a bad one is taken away, where it shall be. `kind` and `why`; what is away already is bad too."""
    place, kept = blob_path(settings.tree, digest), settings.store / ASIDE / digest
    found = judge(place, digest)
    if found.kind == BAD and _rest(place):
        found = judge(place, digest)
    if found.kind == BAD and take:
        found = _taken(settings, digest, place, kept, found)
    elif found.kind == GONE and kept.exists():
        found = _again(settings, digest, place, kept) if take else Found(BAD, "is in quarantine")
    return {"kind": found.kind, "why": found.why}


def _rest(path: Path) -> bool:
    """Waits until the file was not written for a while; whether that was needed."""
    with contextlib.suppress(FileNotFoundError):
        # One of the future is as old as it will get.
        rest = min(SETTLED, path.stat().st_mtime + SETTLED - time.time())
        time.sleep(max(0.0, rest))
        return rest > 0
    return True


def _taken(settings: Settings, digest: str, place: Path, kept: Path, found: Found) -> Found:
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    os.rename(place, kept)
    kept.chmod(0o600)
    for folder in (kept.parent, place.parent):
        _sync(folder)
    return _again(settings, digest, place, kept, found.why)


def _again(settings: Settings, digest: str, place: Path, kept: Path, why: str = "") -> Found:
    """What is good after all, because its writing has ended only now, goes back."""
    found = judge(kept, digest)
    if found.kind == GOOD:
        _put(settings, kept, place)
        _leave(kept.parent)
        return found
    return Found(BAD, why or found.why)


def fill(settings: Settings, digest: str, source: int) -> dict[str, Any]:
    """Puts what can be read from the descriptor where the blob belongs, if it has that digest: `same`."""
    aside, algorithm = settings.store / ASIDE, digest.partition(":")[0]
    aside.mkdir(mode=0o700, exist_ok=True)
    new, got = aside / NEW, hashlib.new(algorithm)
    new.unlink(missing_ok=True)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            while chunk := os.read(source, CHUNK):
                got.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        same = f"{algorithm}:{got.hexdigest()}" == digest
        if same:
            _put(settings, new, blob_path(settings.tree, digest))
            (aside / digest).unlink(missing_ok=True)
    finally:
        new.unlink(missing_ok=True)
        _leave(aside)
    return {"same": same}


def _put(settings: Settings, file: Path, place: Path) -> None:
    """In one step, readable for those who read its neighbours."""
    place.parent.mkdir(parents=True, exist_ok=True)
    file.chmod((settings.tree / "blobs").stat().st_mode & 0o666)
    os.rename(file, place)
    _sync(place.parent)


def tidy(settings: Settings, needed: Collection[str]) -> None:
    """Lets go of what no image needs, and of what was pushed again."""
    aside = settings.store / ASIDE
    if not aside.exists():
        return
    (aside / NEW).unlink(missing_ok=True)
    for digest in filter(DIGEST.fullmatch, os.listdir(aside)):
        if digest not in needed or blob_path(settings.tree, digest).is_file():
            (aside / digest).unlink()
    _leave(aside)


def _leave(aside: Path) -> None:
    if not os.listdir(aside):
        aside.rmdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
