"""State goes both ways between this engine and the real Pulumi CLI, with no migration and no complaint."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dockyard.engine.backend import Backend
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.config import StackConfig
from dockyard.engine.history import Update
from dockyard.engine.project import Project
from dockyard.engine.store import StackStore
from dockyard.engine.values import Secret
from dockyard.errors import DockyardError

pytestmark = [
    pytest.mark.integration,
    pytest.mark.pulumi_cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH"),
]
PASSPHRASE = "correct horse"
PROGRAM = """
import pulumi
class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("demo:index:Box", name, {"size": 3, "pw": pulumi.Output.secret("hunter2-box")}, opts)
        self.register_outputs({"x": 1})
outer = Box("outer")
Box("inner", pulumi.ResourceOptions(parent=outer, depends_on=[Box("first")]))
pulumi.export("plain", "hello <&> é")
pulumi.export("pw", pulumi.Output.secret("hunter2-top"))
pulumi.export("port", pulumi.Config().require_int("port"))
"""
STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
Cli = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    block = "config:\n  demo:port: {type: integer, default: 443}\n"
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: demo\nmain: stacks/\nstackConfigDir: stacks\nruntime: python\n{block}"
    )
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "__main__.py").write_text(PROGRAM)
    return Project.find(tmp_path)


@pytest.fixture
def cli(project: Project) -> Cli:
    """Runs the CLI in the project and gives its output; fails where it does."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PULUMI_HOME": str(project.root / "home"),
        "PULUMI_BACKEND_URL": f"file://{project.root}/.state",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    (project.root / ".state").mkdir()

    def run(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--color=never"]
        done = subprocess.run(
            command,
            cwd=project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    return run


def accept(cli: Cli) -> None:
    """The CLI reads the state in all its ways, and carries on from it."""
    exported = json.loads(cli("stack", "export", "-s", "dev", "--show-secrets"))
    assert exported["version"] == 3
    assert "demo:index:Box" in cli("stack", "-s", "dev", "--show-urns")
    cli("refresh", "-s", "dev", "--yes", "--skip-preview")
    said = cli("up", "-s", "dev", "--yes", "--skip-preview")
    assert "warning" not in said
    assert "error" not in said


def test_a_stack_of_the_cli_is_changed_here_and_carried_on_there(project: Project, cli: Cli) -> None:
    cli("stack", "init", "dev")
    cli("config", "set", "-s", "dev", "--secret", "token", "hunter2-config")
    # The block is typed, so that the engine takes no key that it does not declare.
    (project.root / "Pulumi.yaml").write_text(
        (project.root / "Pulumi.yaml").read_text() + "  demo:token: {type: string, secret: true}\n"
    )
    cli("up", "-s", "dev", "--yes", "--skip-preview")

    project = Project.find(project.root)
    backend = Backend.open(project.state_url(), project.root)
    manager = backend.manager_for(project, "dev")
    config = StackConfig.load(project, "dev", manager.decrypt)
    assert config.config == {"demo:token": "hunter2-config", "demo:port": "443"}
    with backend.lock("demo", "dev"):
        with pytest.raises(AssertionError, match="the stack is currently locked by 1 lock"):
            cli("refresh", "-s", "dev", "--yes", "--skip-preview")
        store = StackStore.open(backend, "demo", "dev", manager)
        root = store.resources[0]
        assert root.outputs["pw"] == Secret("hunter2-top")
        root.outputs["pw"] = Secret("hunter2-changed")
        store.put(root)
        added = ResourceState(
            "urn:pulumi:dev::demo::demo:index:Box::added", "demo:index:Box", False, parent=STACK
        )
        store.put(added)
        store.commit()
        backend.record("demo", "dev", Update("update", 1, 2, True, {"create": 1}, config.encrypted))
    assert cli("stack", "output", "-s", "dev", "--show-secrets", "pw").strip() == "hunter2-changed"
    assert [entry["kind"] for entry in json.loads(cli("stack", "history", "-s", "dev", "--json"))] == [
        "update",
        "update",
    ]
    accept(cli)
    checkpoint = backend.load("demo", "dev")
    assert checkpoint is not None
    assert checkpoint.outputs["pw"] == Secret("hunter2-top")


def test_a_stack_made_here_from_nothing_is_carried_on_by_the_cli(project: Project, cli: Cli) -> None:
    backend = Backend.open(f"file://{project.root}/.state", project.root)
    with backend.lock("demo", "dev"):
        store = StackStore.open(backend, "demo", "dev", backend.manager_for(project, "dev"))
        outputs = {"pw": Secret("hunter2-made"), "deep": {"list": [1, 2.5, None, Secret({"k": True})]}}
        store.put(ResourceState(STACK, "pulumi:pulumi:Stack", False, outputs=outputs))
        box = ResourceState(
            "urn:pulumi:dev::demo::demo:index:Box::outer", "demo:index:Box", False, parent=STACK
        )
        box.inputs = {"size": 3, "pw": Secret("hunter2-box")}
        store.put(box)
        store.commit()
        backend.record("demo", "dev", Update("update", 1, 2, True))
    assert not (project.stack_config_dir / "Pulumi.dev.yaml").exists()
    assert json.loads(cli("stack", "output", "-s", "dev", "--show-secrets", "--json"))["pw"] == "hunter2-made"
    accept(cli)


def test_a_state_taken_over_by_the_cli_with_a_salt_of_its_own_is_carried_on_here(
    project: Project, cli: Cli
) -> None:
    """Without `encryptionsalt` in the stack file the CLI makes a new salt, and encrypts the state with it at its next `up`."""
    backend = Backend.open(f"file://{project.root}/.state", project.root)
    with backend.lock("demo", "dev"):
        StackStore.open(backend, "demo", "dev").commit()
    cli("up", "-s", "dev", "--yes", "--skip-preview")
    assert "encryptionsalt" in (project.stack_config_dir / "Pulumi.dev.yaml").read_text()
    again = Backend.open(f"file://{project.root}/.state", project.root)
    with again.lock("demo", "dev"):
        store = StackStore.open(again, "demo", "dev", again.manager_for(project, "dev"))
        assert store.resources[0].outputs["pw"] == Secret("hunter2-top")
        store.put(store.resources[0])
        store.commit()
    accept(cli)


def test_the_cli_writes_no_secret_that_this_engine_would_show(project: Project, cli: Cli) -> None:
    cli("stack", "init", "dev")
    cli("up", "-s", "dev", "--yes", "--skip-preview")
    backend = Backend.open(f"file://{project.root}/.state", project.root)
    with backend.lock("demo", "dev"):
        store = StackStore.open(backend, "demo", "dev")
        for state in store.resources:
            store.put(state)
        store.commit()
        backend.record("demo", "dev", Update("update", 1, 2, True))
    for file in backend.folder.rglob("*"):
        assert not file.is_file() or b"hunter2" not in file.read_bytes(), file


def test_an_import_of_the_clis_export_is_read_by_the_cli(project: Project, cli: Cli) -> None:
    cli("stack", "init", "dev")
    cli("up", "-s", "dev", "--yes", "--skip-preview")
    exported = json.loads(cli("stack", "export", "-s", "dev", "--show-secrets"))
    backend = Backend.open(f"file://{project.root}/.state", project.root)
    with backend.lock("demo", "dev"):
        backend.import_("demo", "dev", exported)
    assert cli("stack", "output", "-s", "dev", "--show-secrets", "pw").strip() == "hunter2-top"
    accept(cli)


def test_a_passphrase_that_the_cli_did_not_use_is_refused(
    project: Project, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("stack", "init", "dev")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    backend = Backend.open(f"file://{project.root}/.state", project.root)
    with pytest.raises(DockyardError, match="incorrect passphrase"):
        backend.manager_for(project, "dev")
