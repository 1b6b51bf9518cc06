"""The scrub: every blob is read again; one of wrong bytes is taken away from pulls and brought back from the backup.

Reading takes hours, and holds no lock: pushes, backups and garbage collections go on. Only what was found bad is looked at again
under the lock. A round goes through all blobs in their order; it is remembered how far it has come, so that a run that was killed,
or has worked for its time, is continued by the next one.
"""

import time
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import Any

from dockyard.ops import hashing, links, quarantine, results, unneeded
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.examine import Store, blob_path, examine
from dockyard.ops.heal import Backups
from dockyard.ops.lock import Busy, locked
from dockyard.ops.needs import who_needs
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings

SLICE = 900.0
"""Seconds that a run by the clock takes, so that other jobs have their turn."""
BATCH = 2.0
SAY_EVERY = 30.0
PATIENCE = 600.0
"""Seconds that the end of a round waits for another operation."""
PASSES = 10
"""A manifest that is healed can need others, and they layers."""
FEW = 10


@dataclass
class Round:
    """How far a round has come."""

    cursor: list[str] = field(default_factory=list)
    blobs: int = 0
    bytes_hashed: int = 0
    seconds: float = 0.0
    suspects: dict[str, str] = field(default_factory=dict)
    """Digest to what is wrong, of those that are to be looked at again."""
    failed: dict[str, str] = field(default_factory=dict)
    """Of those that could not be healed."""
    healed: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)


def scrub(settings: Settings, dry_run: bool, whole: bool, report: Report) -> dict[str, Any]:
    """Gives what `dockyard scrub --json` prints; `broken` names what is not right at its end. Raises OpsError.

    dry_run: changes nothing, and begins at the first blob. whole: goes on until the round has ended, however long that takes.
    """
    with locked(settings.state, "scrub", "scrub.lock"):
        hashing.be_gentle()
        if dry_run:
            return Scrub(settings, Round(), report, dry_run=True).run(0.0)
        results.remember(settings.state, "scrub", started=time.time())
        try:
            found = Scrub(settings, _begun(settings), report).run(0.0 if whole else SLICE)
        except OpsError as error:
            results.remember(settings.state, "scrub", error=error.message)
            raise
        if found["done"]:
            # A round that has found faults has been made all the same: the next one has its time.
            told = f"broken: {found['broken'][0]}" if found["broken"] else ""
            results.remember(settings.state, "scrub", **found, error=told, succeeded=time.time(), round=None)
    return found


def _begun(settings: Settings) -> Round:
    """What was remembered by another version is known as far as it is understood."""
    remembered = results.last(settings.state, "scrub").get("round") or {}
    known = {it.name for it in fields(Round)}
    return Round(**{key: value for key, value in remembered.items() if key in known})


class Scrub:
    """One run, by whoever can change to the accounts: what touches the store is asked of its owner."""

    def __init__(self, settings: Settings, begun: Round, report: Report, dry_run: bool = False) -> None:
        self._settings, self._round, self._report, self._dry = settings, begun, report, dry_run
        self._backups = Backups(settings)

    def run(self, seconds: float) -> dict[str, Any]:
        """seconds: 0 for no limit."""
        done = self._hash(seconds)
        found = self._end() if done else {"broken": []}
        it = self._round
        return {
            "blobs": it.blobs,
            "bytes_hashed": it.bytes_hashed,
            "seconds": round(it.seconds, 3),
            "healed": it.healed,
            "warnings": it.stray,
            "dry_run": self._dry,
            "done": done,
            **found,
        }

    def _hash(self, seconds: float) -> bool:
        """Whether no blob is left."""
        settings, it = self._settings, self._round
        began = said = time.monotonic()
        while True:
            started = time.monotonic()
            part = partial(hashing.batch, settings.tree, it.cursor, settings.scrub_rate, BATCH)
            found = ask(settings.owner, part)
            now = time.monotonic()
            self._add(found, now - started)
            if it.suspects and not self._dry:
                self._mend()
            if now - said > SAY_EVERY:
                said = now
                self._report.progress(f"{it.blobs} blobs read, {it.bytes_hashed >> 20} MiB")
            if found["done"]:
                return True
            if seconds and now - began > seconds:
                return False

    def _add(self, found: dict[str, Any], seconds: float) -> None:
        it = self._round
        it.cursor = found["cursor"]
        it.blobs += found["blobs"]
        it.bytes_hashed += found["bytes"]
        it.seconds += seconds
        it.suspects |= found["bad"]
        it.odd += found["odd"]
        it.stray += found["stray"]
        self._save()

    def _save(self) -> None:
        if not self._dry:
            results.remember(self._settings.state, "scrub", round=asdict(self._round))

    def _mend(self) -> None:
        """Where another operation is at work, what is bad waits for the next time."""
        try:
            with locked(self._settings.state, "scrub"):
                self._look_at_suspects()
        except Busy as busy:
            self._report.progress(f"bad blobs that wait: {len(self._round.suspects)}; {busy.message}")

    def _look_at_suspects(self) -> None:
        """Under the lock."""
        for digest in sorted(self._round.suspects):
            self._look(digest)
            del self._round.suspects[digest]
            self._save()

    def _look(self, digest: str, missing: bool = False) -> None:
        """Judges a blob for the second time; one that is bad, or missing, is healed if it can be."""
        it, settings = self._round, self._settings
        found = ask(settings.owner, partial(quarantine.look, settings, digest, take=not self._dry))
        kind, why = found["kind"], found["why"]
        if missing and kind == hashing.GONE:
            kind, why = hashing.BAD, "is missing"
        if kind != hashing.BAD:
            return
        self._report.progress(f"{digest} {why}")
        if self._dry:
            it.failed[digest] = why
            return
        done, how = self._backups.heal(digest)
        if done:
            it.healed.append(f"{digest}: {why}; healed from {how}")
            self._report.progress(it.healed[-1])
        else:
            it.failed[digest] = f"{why}; not healed: {how}"
        self._save()

    def _end(self) -> dict[str, Any]:
        """What the blobs have been found to be is held against what the images need."""
        settings, it = self._settings, self._round
        with locked(settings.state, "scrub", seconds=PATIENCE):
            self._look_at_suspects()
            self._report.progress("reading every manifest")
            seen = set(it.failed)
            for _ in range(PASSES):
                faults = ask(settings.owner, partial(_faults, settings))["digests"]
                new = [digest for digest in faults if digest not in seen]
                for digest in new:
                    self._look(digest, missing=True)
                seen |= set(new)
                if not new:
                    break
            found = ask(settings.owner, partial(_told, settings, it.failed, self._dry))
        return {**found, "broken": [*found["broken"], *it.odd]}


def _faults(settings: Settings) -> dict[str, Any]:
    """As the owner of the store: the blobs that images need and that are missing, and manifests that are not what they should be."""
    store = examine(settings.tree, links.read_links(settings.tree))
    missing = [digest for digest in _needed(store) if not blob_path(settings.tree, digest).exists()]
    wrong = [digest for digest in _digests(store.bad) if blob_path(settings.tree, digest).exists()]
    return {"digests": sorted({*missing, *wrong})}


def _needed(store: Store) -> set[str]:
    """Less what has no link: that is a fault of the image."""
    return _digests(unneeded.needed(store))


def _digests(texts: set[str]) -> set[str]:
    """Less what only stands where a digest should: it leads to no blob, or out of the store."""
    return {text for text in texts if links.DIGEST.fullmatch(text)}


def _told(settings: Settings, failed: dict[str, str], dry: bool) -> dict[str, Any]:
    """As the owner of the store: `broken`, in words; lets go of what need not be kept any longer."""
    tree = settings.tree
    store = examine(tree, links.read_links(tree))
    needed = _needed(store)
    faulty = {digest for digest in needed if not blob_path(tree, digest).exists()}
    if dry:
        faulty |= set(failed)
    else:
        quarantine.tidy(settings, needed)
    users = who_needs(tree, store, faulty)
    lines = [
        f"{digest} {failed.get(digest, 'is missing')}; {_users(users[digest])}" for digest in sorted(faulty)
    ]
    named = faulty | {part.digest for part in store.parts.values() if part.stored in faulty}
    others = [text for text in store.broken if not any(digest in text for digest in named)]
    return {
        "broken": [*lines, *others],
        "repositories": len(store.repositories),
        "tags": store.tags,
    }


def _users(labels: list[str]) -> str:
    more = f" and {len(labels) - FEW} more" if len(labels) > FEW else ""
    return f"needed by {', '.join(labels[:FEW]) or 'no image'}{more}"
