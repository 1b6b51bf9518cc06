"""Where a command works: the project, its backend, and which engine does the work."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockyard.engine import secrets
from dockyard.engine.backend import Backend
from dockyard.engine.project import BACKEND_URL, Project
from dockyard.errors import DockyardError


@dataclass(frozen=True)
class Workplace:
    """A project and the folder of its state, the same for both engines."""

    project: Project
    url: str

    @property
    def local(self) -> bool:
        """Whether the state is in files, as it must be for the embedded engine."""
        return self.url.startswith("file://")

    @property
    def backend(self) -> Backend:
        return Backend.open(self.url, self.project.root)


def workplace() -> Workplace:
    """That of the current folder, which becomes the project's root: addresses in Pulumi.yaml are relative to it."""
    project = Project.find()
    os.chdir(project.root)
    url = project.state_url()
    if url.startswith("file://") and not url.startswith(("file:///", "file://~")):
        url = f"file://{project.root / url.removeprefix('file://')}"
    os.environ[BACKEND_URL] = url
    return Workplace(project, url)


def choose(engine: str, place: Workplace) -> str:
    """embedded or pulumi. Raises DockyardError for an engine that cannot be had."""
    found = shutil.which("pulumi")
    if engine == "pulumi" and not found:
        raise DockyardError("`pulumi` is not on PATH", "install the Pulumi CLI, or leave --engine out")
    chosen = "pulumi" if engine == "pulumi" or (engine == "auto" and found) else "embedded"
    if chosen == "embedded" and not place.local:
        raise DockyardError(
            f"the embedded engine keeps state in files; this project's is at {place.url}",
            "install the Pulumi CLI",
        )
    return chosen


def explain(engine: str, chosen: str) -> str:
    """Which engine works, and why, in a line."""
    if chosen == "pulumi":
        return f"engine: pulumi ({shutil.which('pulumi')})"
    return (
        "engine: embedded (as asked for)"
        if engine == "embedded"
        else "engine: embedded (no `pulumi` on PATH)"
    )


def run_pulumi(place: Workplace, arguments: Sequence[str]) -> None:
    """Passes a verb on. Raises SystemExit with Pulumi's own exit code where it fails."""
    done = subprocess.run(["pulumi", *arguments], env=pulumi_environment(place), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def pulumi_output(place: Workplace, arguments: Sequence[str]) -> str:
    """What Pulumi prints on standard output."""
    done = subprocess.run(
        ["pulumi", *arguments], env=pulumi_environment(place), check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def pulumi_environment(place: Workplace) -> Mapping[str, str]:
    """Our backend and passphrase for Pulumi, where the user has not set others."""
    environment = dict(os.environ)
    environment.setdefault("PULUMI_SKIP_UPDATE_CHECK", "true")
    # Plugins and the program are run by this very environment's Python.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    if not place.local or secrets.find_passphrase(os.environ, None) is not None:
        return environment
    own = place.backend.own_passphrase
    if own is not None:
        place.backend.prepare()
        if not own.exists():
            secrets.generate_passphrase(own)
        environment[secrets.PASSPHRASE_FILE] = str(own)
    return environment
