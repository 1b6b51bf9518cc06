"""What a host remembers about one resource, in a small JSON file: what was made there and what each service has loaded.

The order of writing makes a kill harmless: a folder is noted before it is made, a package before it is installed, a service
as "not loaded" before its files change, and as loaded only after its restart or reload has succeeded.
"""

import configparser
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dockyard.errors import DockyardError
from dockyard.provider.agent.entries import sync_folder
from dockyard.self_hosted.bundle import Bundle

NOT_LOADED = ""


@dataclass
class Record:
    """The memory of one resource."""

    folders: list[str] = field(default_factory=list)
    """Folders that were made here, in the order made."""
    packages: list[str] = field(default_factory=list)
    """Packages that were installed here."""
    silence: list[str] = field(default_factory=list)
    """Services of packages being installed that are still to be disabled."""
    loaded: dict[str, str] = field(default_factory=dict)
    """`restart:front`, `reload:front`, ... -> digest of the files that were last loaded."""
    registry: dict[str, str] = field(default_factory=dict)
    """`version` and `program` of the registry that was last seen to serve; with Docker, `front`, too."""
    switching: bool = False
    """Whether another program is being put in its place."""

    @classmethod
    def load(cls, path: Path) -> "Record":
        """The record, an empty one where there is none. Raises DockyardError where it is damaged."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return cls()
        except (ValueError, TypeError) as error:
            hint = f"remove it: {path}"
            raise DockyardError(f"the host's record is damaged: {type(error).__name__}", hint) from error

    def save(self, path: Path) -> None:
        """Writes it so that it lasts; makes missing folders above it, noting them."""
        missing = [folder for folder in reversed(path.parents) if not folder.exists()]
        for folder in missing:
            self.note(str(folder))
            folder.mkdir(mode=0o755)
        temporary = path.with_name(f"{path.name}.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(asdict(self), stream, indent=1)
            stream.flush()
            os.fsync(descriptor)
        os.rename(temporary, path)
        sync_folder(path.parent)

    def note(self, folder: str) -> None:
        """Notes a folder that is about to be made."""
        if folder not in self.folders:
            self.folders.append(folder)


def wanted_digests(bundle: Bundle) -> dict[str, str]:
    """What `Record.loaded` holds once everything has loaded this bundle's files."""
    digests = {}
    for service in bundle.services:
        digests[f"restart:{service.name}"] = files_digest(bundle, service.restart_on)
        digests[f"reload:{service.name}"] = files_digest(bundle, service.reload_on)
    if bundle.supervisor:
        digests["programs"] = files_digest(bundle, [bundle.supervisor])
        digests["daemon"] = _daemon_digest(bundle.files[bundle.supervisor].content)
    else:
        digests["units"] = files_digest(bundle, unit_files(bundle))
    return digests


def served_by(bundle: Bundle) -> dict[str, str]:
    """What `Record.registry` holds once this bundle's registry serves."""
    registry = bundle.registry
    if registry is None:
        return {}
    front = {"front": registry.front} if registry.front else {}
    return {"version": registry.version, "program": registry.program, **front}


def _daemon_digest(text: str) -> str:
    """A digest of what supervisord.conf says of supervisord itself; its programs can change while it runs."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",), strict=False)
    parser.read_string(text)
    own = {
        name: dict(parser[name])
        for name in parser.sections()
        if not name.startswith(("program:", "group:", "eventlistener:"))
    }
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def unit_files(bundle: Bundle) -> list[str]:
    """The files that systemd itself reads."""
    return [path for path in bundle.files if path.startswith(("/etc/systemd/", "/run/systemd/"))]


def files_digest(bundle: Bundle, paths: Iterable[str]) -> str:
    """A digest of the files' names, owners, modes and content."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        file = bundle.files.get(path)
        if file is not None:
            head = f"{path}\0{file.mode:o}\0{file.owner}\0{file.group}\0{len(file.content)}\0"
            digest.update((head + file.content).encode())
    return digest.hexdigest()
