"""Layers that are named by sha512. The registry stores them by sha256, and its collector takes them for unneeded.

It deletes their bytes; that of 3.1 also removes their link by sha256, without which the one by sha512 leads nowhere.
"""

import os
from pathlib import Path

from dockyard.ops.examine import Store, blob_path


def aliased(store: Store) -> set[str]:
    """Blobs that images name by another digest than they are stored under."""
    return {part.stored for part in store.parts.values() if part.stored not in ("", part.digest)}


def mend(tree: Path, store: Store) -> None:
    """Writes the links that such a layer leads through, where they are missing and its bytes are there."""
    for repository in store.repositories.values():
        for digest, at in repository.layers.items():
            if at not in repository.layers and at != digest and blob_path(tree, at).is_file():
                folder = tree / "repositories" / repository.name / "_layers" / at.replace(":", "/")
                folder.mkdir(parents=True, exist_ok=True)
                temporary = folder / "link.new"
                temporary.write_text(at)
                os.replace(temporary, folder / "link")
