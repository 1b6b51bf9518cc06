"""The file backend: where the CLI's `file://` backend keeps stacks, history, backups and locks, read and
written in the same way.

Layout as in Pulumi's `pkg/backend/diy` (state.go, store.go, meta.go), with one more file: a journal beside a
large state (journal.py).
"""

import contextlib
import json
import os
import shutil
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockyard.engine import document as documents
from dockyard.engine import journal, lock, secrets, yaml12
from dockyard.engine.checkpoint import Checkpoint
from dockyard.engine.config import StackFile
from dockyard.engine.disk import make_folder, write_atomically
from dockyard.engine.document import Document
from dockyard.engine.history import Update as Update
from dockyard.engine.layout import Files
from dockyard.engine.ordering import faults
from dockyard.engine.project import STATE_FOLDER, Project, check_project_name
from dockyard.engine.properties import Revealed
from dockyard.engine.secrets import PassphraseManager, Sealer
from dockyard.errors import DockyardError

_READ_ATTEMPTS = 5
_SCHEME = "file://"


class Backend:
    """A folder of stacks.

    own_passphrase: the file with a generated passphrase, of the default backend only.
    """

    def __init__(self, folder: Path, own_passphrase: Path | None = None) -> None:
        self.folder = folder
        self.own_passphrase = own_passphrase
        self._managers: dict[str, PassphraseManager] = {}

    @classmethod
    def open(cls, url: str, project_root: Path) -> "Backend":
        """The backend of a URL, `Project.state_url()`. A relative path is one of the current folder, as for
        the CLI.

        Nothing is written. Raises DockyardError where it is no file:// URL or holds a layout that this
        engine does not know.
        """
        if not url.startswith(_SCHEME):
            scheme = urllib.parse.urlsplit(url).scheme or url
            raise DockyardError(
                f"the embedded engine keeps state in files (file://...); the backend here is {scheme}",
                "run this stack with the Pulumi CLI",
            )
        text = url.removeprefix(_SCHEME).partition("?")[0]
        folder = Path(text).expanduser().absolute()
        default = folder == (project_root / STATE_FOLDER).absolute()
        backend = cls(folder, folder / "passphrase" if default else None)
        backend._check_layout()
        return backend

    @property
    def _book(self) -> Path:
        return self.folder / ".pulumi"

    def _check_layout(self) -> None:
        meta = self._book / "meta.yaml"
        if meta.exists():
            version = yaml12.load(meta).get("version")
            if version != 1:
                raise DockyardError(
                    f"{meta}: the layout has version {version!r}; this engine knows version 1"
                )
        elif any((self._book / "stacks").glob("*.json")):
            raise DockyardError(
                f"{self._book} has the layout without projects", "run `pulumi state upgrade` once"
            )

    def prepare(self) -> None:
        """Make the folder a backend, where it is none."""
        if not (self._book / "meta.yaml").exists():
            write_atomically(self._book / "meta.yaml", b"version: 1\n")

    def files(self, project: str, stack: str) -> Files:
        """Where a stack's parts are, whether it exists or not. Raises DockyardError for bad names."""
        return Files.of(self._book, project, stack)

    def stacks(self, project: str) -> list[str]:
        """The names of a project's stacks."""
        folder = self._book / "stacks" / check_project_name(project)
        names = {file.name.removesuffix(".gz") for file in folder.glob("*.json*")}
        return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))

    def lock(
        self, project: str, stack: str, notice: lock.Notice = lambda _: None
    ) -> contextlib.AbstractContextManager[None]:
        """Hold a stack.

        notice: is told of a dead process's lock. Raises DockyardError naming who holds it.
        """
        self.prepare()
        files = self.files(project, stack)
        return lock.hold(files.locks, stack, notice)

    def cancel(self, project: str, stack: str) -> list[str]:
        """Remove all locks of a stack, whoever holds them, and say whose they were."""
        return [str(holder) for holder in lock.cancel(self.files(project, stack).locks)]

    def read(self, project: str, stack: str) -> Document | None:
        """A stack's state with the steps of its journal, secrets closed; None where there is no such stack.

        Writes nothing, so it needs no lock. Raises DockyardError that names the damaged file and its backups.
        """
        files = self.files(project, stack)
        text, found = files.read(), None
        for _ in range(_READ_ATTEMPTS):
            if text is None:
                return None
            found = journal.read(files.journal, text)
            # Whoever holds the lock may have replaced the file between the two reads.
            before, text = text, files.read()
            if text == before:
                break
        if text is None:
            return None
        document = files.parse(text)
        if found is not None and not found.stale:
            journal.replay(document, found)
        return document

    def load(self, project: str, stack: str) -> Checkpoint | None:
        """A stack, decrypted; None where there is no such stack. Raises DockyardError."""
        document = self.read(project, stack)
        if document is None:
            return None
        with self.files(project, stack).mended_by_backups():
            return self.decrypt(document)

    def decrypt(self, document: Document) -> Checkpoint:
        """The stack of a document. Raises DockyardError where the passphrase is wrong or missing."""
        try:
            manager = self.manager(document.salt)
            return Checkpoint.from_document(document, Sealer(manager))
        except DockyardError as error:
            raise DockyardError(f"stack {document.stack}: {error.message}", error.hint) from error

    def manager(self, salt: str) -> PassphraseManager:
        """What encrypts and decrypts for a salt line, for "" with a new salt.

        The default backend makes itself a passphrase where none is given. Raises DockyardError where it is
        wrong or missing.
        """
        found = self._managers.get(salt)
        if found is None:
            passphrase = self._passphrase(new=not salt)
            found = PassphraseManager.open(passphrase, salt) if salt else PassphraseManager.create(passphrase)
            self._managers[salt] = self._managers[found.salt] = found
        return found

    def manager_for(self, project: Project, stack: str) -> PassphraseManager:
        """What encrypts for a stack from now on, and opens its configuration.

        By the salt of Pulumi.<stack>.yaml, else of the state, else a new one, which the first write keeps in the
        state alone. Raises DockyardError where the passphrase is wrong or missing.
        """
        salt = StackFile.read(project, stack).salt
        document = None if salt else self.read(project.name, stack)
        return self.manager(salt or (document.salt if document else ""))

    def _passphrase(self, *, new: bool) -> str:
        found = secrets.find_passphrase(os.environ, self.own_passphrase)
        if found is None and new and self.own_passphrase is not None:
            return secrets.generate_passphrase(self.own_passphrase)
        if found is None:
            raise DockyardError(
                "no passphrase for the stack's secrets",
                f"set {secrets.PASSPHRASE} or {secrets.PASSPHRASE_FILE}",
            )
        return found

    def write(self, files: Files, text: bytes, *, last: bool = True) -> None:
        """Replace a state file. The lock must be held. last: see `write_atomically`."""
        self.prepare()
        write_atomically(files.state, text, last=last)
        # What the CLI noted of the old content (its hash) is not true of the new one.
        files.state.with_name(f"{files.state.name}.attrs").unlink(missing_ok=True)
        if files.compressed.exists():
            files.compressed.replace(files.compressed.with_name(f"{files.compressed.name}.bak"))

    def keep_backup(self, files: Files) -> None:
        """Keep the state as it is now as .bak, where there is one."""
        if files.state.exists():
            write_atomically(files.backup, files.state.read_bytes())

    def record(self, project: str, stack: str, update: Update) -> None:
        """Add a finished operation to the history, and its state to history and backups.

        The lock must be held.
        """
        files = self.files(project, stack)
        stamp = time.time_ns()
        name = f"{stack}-{stamp}"
        history = json.dumps(update.to_json(), separators=(",", ":")).encode()
        write_atomically(files.history / f"{name}.history.json", history)
        text = files.read()
        if text is not None:
            write_atomically(files.history / f"{name}.checkpoint.json", text)
            write_atomically(files.backups / f"{stack}.{stamp}.json", text)

    def history(self, project: str, stack: str) -> list[dict[str, Any]]:
        """Finished operations, the newest first, as `Update.to_json`.

        Raises DockyardError where a file is damaged.
        """
        found = []
        for file in sorted(self.files(project, stack).history.glob("*.history.json"), reverse=True):
            try:
                found.append(json.loads(file.read_bytes()))
            except ValueError as error:
                raise DockyardError(f"the history file {file} is damaged: {error}") from error
        return found

    def export(self, project: str, stack: str, *, show_secrets: bool = False) -> dict[str, Any]:
        """A stack as `pulumi stack export` prints it. Raises DockyardError where there is no such stack."""
        document = self.read(project, stack)
        if document is None:
            raise DockyardError(f"no stack named {stack!r}")
        if show_secrets:
            document = self.decrypt(document).to_document(Revealed())
        inner = json.loads(documents.write(document))
        return {
            "version": inner["version"],
            **({"features": inner["features"]} if "features" in inner else {}),
            "deployment": inner["checkpoint"]["latest"],
        }

    def import_(self, project: str, stack: str, exported: Mapping[str, Any]) -> None:
        """Replace a stack's state by an exported one, its secrets encrypted for this stack. The lock must be
        held.

        Raises DockyardError, before anything is written, where it is no export, belongs elsewhere or the CLI
        would refuse it.
        """
        files = self.files(project, stack)
        given = documents.from_deployment(
            files.stack,
            exported.get("deployment"),
            exported.get("version", 0),
            list(exported.get("features") or []),
        )
        checkpoint = self.decrypt(given)
        wrong = faults(checkpoint.resources)
        foreign = [
            state.urn
            for state in checkpoint.resources
            if not state.urn.startswith(f"urn:pulumi:{stack}::{project}::")
        ]
        wrong += [f"{urn}: is not of the stack {stack} of project {project}" for urn in foreign]
        if wrong:
            raise DockyardError("the import is refused:\n  " + "\n  ".join(wrong))
        current = self.read(project, stack)
        manager = self.manager(current.salt if current else given.salt)
        checkpoint.secrets_provider = manager.provider
        checkpoint.manifest = documents.manifest(given.manifest)
        self.keep_backup(files)
        self.write(files, documents.write(checkpoint.to_document(Sealer(manager))))
        files.journal.unlink(missing_ok=True)

    def remove_stack(self, project: str, stack: str, *, force: bool = False) -> None:
        """Remove a stack, its history and backups.

        The lock must be held. Raises DockyardError where it has resources, but for `force`.
        """
        document = self.read(project, stack)
        if document is None:
            raise DockyardError(f"no stack named {stack!r}")
        if document.resources and not force:
            raise DockyardError(
                f"stack {stack} still has {len(document.resources)} resources",
                f"destroy it first: `dockyard destroy -s {stack}`",
            )
        files = self.files(project, stack)
        for path in (files.state, files.compressed, files.backup, files.journal):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
        files.state.with_name(f"{stack}.pulumi-tags").unlink(missing_ok=True)
        for folder in (files.history, files.backups):
            shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None
        make_folder(files.state.parent)
