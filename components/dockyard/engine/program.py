"""The program's process: started with the interpreter that the project names, its settings given on stdin."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dockyard.engine import process
from dockyard.engine.project import Project
from dockyard.errors import DockyardError

_RUNNER = Path(__file__).with_name("run_program.py")


def interpreter(project: Project) -> str:
    """The Python of the project's virtual environment; ours where it names none or that does not exist.
    Raises DockyardError.
    """
    if project.runtime != "python":
        raise DockyardError(
            f"the program's runtime is {project.runtime!r}; the embedded engine runs Python programs",
            "run this stack with the Pulumi CLI",
        )
    virtualenv = project.runtime_options.get("virtualenv")
    python = project.root / str(virtualenv) / "bin" / "python" if virtualenv else None
    return str(python) if python and python.exists() else sys.executable


def start(
    project: Project,
    settings: Mapping[str, Any],
    environment: Mapping[str, str],
    on_line: Callable[[str, str], None],
) -> process.Child:
    """Start the program. settings: see run_program.py. Raises DockyardError where there is no program."""
    folder = project.main if project.main.is_dir() else project.main.parent
    program = "." if project.main.is_dir() else project.main.name
    if not (project.main / "__main__.py").is_file() and not project.main.is_file():
        raise DockyardError(f"no program: {project.main / '__main__.py'} does not exist")
    python = interpreter(project)
    variables = {**environment, "PYTHONUNBUFFERED": "1"}
    if Path(python).parent != Path(sys.executable).parent:
        variables["VIRTUAL_ENV"] = str(Path(python).parent.parent)
        variables["PATH"] = os.pathsep.join([str(Path(python).parent), environment.get("PATH", os.defpath)])
    child = process.start(
        # -P: the folder of the runner must not be on the program's sys.path.
        [python, "-P", str(_RUNNER)],
        cwd=folder,
        env=variables,
        on_line=on_line,
        text=json.dumps({**settings, "program": program, "root": str(project.root)}),
    )
    child.follow()
    return child
