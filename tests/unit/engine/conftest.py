"""A backend, a project and one key for all tests of the state: deriving a key takes a fifth of a second."""

import shutil
from pathlib import Path

import pytest
from dockyard.engine.backend import Backend
from dockyard.engine.project import Project
from dockyard.engine.secrets import PassphraseManager

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
