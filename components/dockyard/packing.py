"""Programs for a host as one file: a zip that Python runs."""

import io
import zipfile
from collections.abc import Mapping


def packed(entries: Mapping[str, bytes]) -> bytes:
    """A zip of names to contents. The same sources give the same bytes: no dates, no compression."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, source in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, source)
    return made.getvalue()
