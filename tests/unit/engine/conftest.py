"""A backend, a project and one key for all tests of the state: deriving a key takes a fifth of a second."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.document import Document
from dockyard.engine.project import Project
from dockyard.engine.secrets import PassphraseManager
from dockyard.engine.store import StackStore

DATA = Path(__file__).with_name("data")
PASSPHRASE = "correct horse"


@pytest.fixture(scope="session")
def manager() -> PassphraseManager:
    return PassphraseManager.create(PASSPHRASE)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend.open(f"file://{tmp_path}/state", tmp_path)


@pytest.fixture
def prod(backend: Backend) -> Backend:
    """A backend with the stack that the CLI's format was written by hand for."""
    backend.prepare()
    state = backend.files("registry", "prod").state
    state.parent.mkdir(parents=True)
    shutil.copy(DATA / "prod.json", state)
    return backend


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without a `config:` block; `declare` of test_config.py gives it one."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: registry\nruntime: python\nstackConfigDir: stacks\nmain: stacks/\n"
    )
    (tmp_path / "stacks").mkdir()
    return Project.find(tmp_path)


class Desk:
    """One stack, "local": resources to put into it, and what a process that starts now would find of it."""

    def __init__(self, backend: Backend, manager: PassphraseManager) -> None:
        self.backend = backend
        self._manager = manager

    def open(self, manager: PassphraseManager | None = None) -> StackStore:
        return StackStore.open(self.backend, "registry", "local", manager or self._manager)

    def urn(self, name: str) -> str:
        return f"urn:pulumi:local::registry::dockyard:index:Host::{name}"

    def resource(self, name: str, **fields: Any) -> ResourceState:
        given = {"id": f"id-{name}", "inputs": {"name": name}, **fields}
        return ResourceState(self.urn(name), "dockyard:index:Host", True, **given)

    def names(self, found: list[ResourceState]) -> list[str]:
        """Names in order, "!" behind those that are to be deleted."""
        return [state.urn.rpartition("::")[2] + "!" * state.delete for state in found]

    def document(self) -> Document:
        document = self.backend.read("registry", "local")
        assert document is not None
        return document

    def on_disk(self) -> list[str]:
        return [
            data["urn"].rpartition("::")[2] + "!" * data.get("delete", False)
            for data in self.document().resources
        ]


@pytest.fixture
def desk(backend: Backend, manager: PassphraseManager) -> Desk:
    return Desk(backend, manager)
