"""A laboratory: one Pulumi project in a temporary folder, the `yard` provider whose world is files, and the embedded engine."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from dockyard.engine import check, operation
from dockyard.engine.events import Diagnostic, Output, StepDone, StepStarted
from dockyard.engine.operation import Options
from dockyard.engine.project import Project
from dockyard.engine.values import Secret

PROGRAMS = Path(__file__).parents[2] / "programs"


class Lab:
    """Runs verbs on a copy of a test program and looks at the world, the state and the events afterwards."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.root = folder / program
        self.world = folder / "world"
        self.name = program
        self.environment = {"YARD_WORLD": str(self.world)}
        self.events: list = []
        self.world.mkdir()
        shutil.copytree(PROGRAMS / program, self.root)
        shutil.copytree(PROGRAMS / "yard", folder / "yard")

    def write(self, *things: dict, **rest) -> None:
        """The program of `things`: what to make, and what else it does."""
        (self.root / "things.json").write_text(json.dumps({"things": things, **rest}))

    def configure(self, **values) -> None:
        """Configuration of the stack."""
        lines = "".join(f"  {self.name}:{key}: {json.dumps(value)}\n" for key, value in values.items())
        (self.root / "Pulumi.dev.yaml").write_text(f"config:\n{lines}")

    def run(self, verb: str, *, ok: bool = True, **options):
        """Do a verb; the result. Its events are kept in `events`."""
        self.events = []
        options = Options(environment=self.environment, **options)
        result = operation.run(verb, Project.find(self.root), "dev", options, self.events.append)
        assert result.ok == ok, result.failures
        return result

    def up(self, *things: dict, ok: bool = True, rest: dict | None = None, **options):
        """Write the program and run it."""
        self.write(*things, **(rest or {}))
        return self.run("up", ok=ok, **options)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def steps(self) -> list[tuple[str, str]]:
        """What was done to which thing, in the order of completion; the stack and providers left out."""
        ignored = ("pulumi:pulumi:Stack", "pulumi:providers:yard")
        return [(str(step.op), step.name) for step in self.of(StepDone) if step.type not in ignored]

    def said(self) -> str:
        """All that a person was told."""
        lines = [event.message for event in self.of(Diagnostic)] + [event.line for event in self.of(Output)]
        return "\n".join(lines)

    def started(self) -> list[StepStarted]:
        return self.of(StepStarted)

    def things(self) -> set[str]:
        """Ids of all things in the world."""
        return {file.stem for file in (self.world / "things").glob("*.json")}

    def thing(self, id_: str) -> dict:
        return json.loads((self.world / "things" / f"{id_}.json").read_text())

    def calls(self) -> list[SimpleNamespace]:
        """What the provider was asked, in order."""
        file = self.world / "calls.jsonl"
        text = file.read_text() if file.exists() else ""
        return [SimpleNamespace(**json.loads(line)) for line in text.splitlines()]

    def forget_calls(self) -> None:
        (self.world / "calls.jsonl").unlink(missing_ok=True)

    @property
    def state_file(self) -> Path:
        return self.folder / "backend" / ".pulumi" / "stacks" / self.name / "dev.json"

    def resources(self) -> list[dict]:
        """The resources of the state file, in its order."""
        return json.loads(self.state_file.read_text())["checkpoint"]["latest"].get("resources", [])

    def resource(self, name: str) -> dict:
        (found,) = (item for item in self.resources() if item["urn"].endswith(f"::{name}"))
        return found

    def ids(self) -> set[str]:
        """Ids of all things that the state knows."""
        return {item["id"] for item in self.resources() if item["type"] == "yard:index:Thing"}


@pytest.fixture
def make_lab(tmp_path, monkeypatch):
    """Makes a laboratory for a program; state and passphrase are the test's own."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'backend'}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a test's passphrase")
    monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
    return lambda program: Lab(tmp_path, program)


@pytest.fixture
def lab(make_lab):
    """A laboratory whose program is what the test writes."""
    return make_lab("things")


@pytest.fixture
def plain():
    """Reveals the secrets of a result's outputs."""

    def reveal(value):
        if isinstance(value, Secret):
            return reveal(value.value)
        return {key: reveal(item) for key, item in value.items()} if isinstance(value, dict) else value

    return reveal


@pytest.fixture
def plan(lab):
    """Checks a program of things, or a text, in a stack that has a file."""

    def plan(*things, program="", judge=None, **rest):
        lab.write(*things, **rest)
        if program:
            (lab.root / "__main__.py").write_text(textwrap.dedent(program))
        if not (lab.root / "Pulumi.dev.yaml").exists():
            lab.configure()
        lab.events = []
        return check.run(Project.find(lab.root), "dev", lab.events.append, judge)

    return plan


@pytest.fixture
def command(lab):
    """Runs `dockyard check` there with nothing of Pulumi in its environment."""

    def command(*arguments, **environment):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AWS_"))}
        return subprocess.run(
            [sys.executable, "-m", "dockyard.cli", "-C", str(lab.root), "check", "-s", "dev", *arguments],
            env={**kept, **lab.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command
