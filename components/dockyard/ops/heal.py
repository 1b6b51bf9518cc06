"""Bringing one blob back from the backup: from the last snapshot that holds it with the right bytes."""

from functools import cached_property, partial
from typing import Any, NamedTuple

from dockyard.ops import quarantine, restored
from dockyard.ops.accounts import ask
from dockyard.ops.errors import OpsError
from dockyard.ops.restic import Restic
from dockyard.ops.settings import TREE, Settings

MOST = 30
"""So many snapshots are tried, the newest first."""


class Healed(NamedTuple):
    """how: from which snapshot; or why not."""

    done: bool
    how: str


class Backups:
    """The snapshots of one instance, read when the first blob needs them. Called by whoever can change to the accounts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _snapshots(self) -> list[dict[str, Any]]:
        """The newest first. Raises OpsError."""
        settings = self._settings
        found = ask(settings.account, lambda: {"snapshots": Restic(settings).snapshots()})
        snapshots: list[dict[str, Any]] = found["snapshots"]
        return snapshots[::-1]

    def heal(self, digest: str) -> Healed:
        """Puts the blob in its place. Its bytes go from restic, which runs as the account of backups, to the owner of the store."""
        if not self._settings.backs_up:
            return Healed(False, "there are no backups")
        try:
            return self._tried(digest)
        except OpsError as error:
            return Healed(False, error.message)

    def _tried(self, digest: str) -> Healed:
        tried, said = self._snapshots[:MOST], ""
        for snapshot in tried:
            done, text = self._from(snapshot, digest)
            if done:
                at = restored.shown(restored.taken(snapshot))
                return Healed(True, f"snapshot {snapshot['short_id']} of {at}")
            said = said or text
        if said:
            return Healed(False, said)
        return Healed(
            False, f"it is in none of the {len(tried)} latest snapshots" if tried else "there is no snapshot"
        )

    def _from(self, snapshot: dict[str, Any], digest: str) -> Healed:
        """how: what restic has said, unless it is that the snapshot has no such file."""
        settings, found = self._settings, {"same": False}
        algorithm, _, value = digest.partition(":")
        blobs = [path for path in map(str, snapshot["paths"]) if path.endswith(f"/{TREE}/blobs")]
        if not blobs:
            return Healed(False, "")

        def take(stream: int) -> None:
            found.update(ask(settings.owner, partial(quarantine.fill, settings, digest, stream)))

        path = f"{blobs[0]}/{algorithm}/{value[:2]}/{value}/data"
        said = Restic(settings).dump(snapshot["id"], path, settings.account, take)
        return Healed(found["same"], said)
