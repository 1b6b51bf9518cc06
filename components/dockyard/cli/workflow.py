"""`dockyard workflow`: CI workflows for a repository, printed or written."""

import difflib
from pathlib import Path

import click
import yaml

from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.workflows.render import render
from dockyard.workflows.settings import read_settings


def workflow(settings: bytes, folder: Path | None, *, force: bool) -> None:
    """Prints the workflows, or writes those that differ below the folder. Raises ProblemsError or DockyardError."""
    files = render(read_settings(_read(settings)))
    if folder is None:
        for path, text in files.items():
            click.echo(f"# --- {path}\n{text}")
        return
    edited = [path for path, text in files.items() if _differs(folder / path, text)]
    if edited and not force:
        for path in edited:
            click.echo(_difference(path, (folder / path).read_text(), files[path]), err=True)
        problems = [Problem(path, "is there, and differs") for path in edited[:-1]]
        last = Problem(edited[-1], "is there, and differs", "--force writes it all the same")
        raise ProblemsError("nothing was written", [*problems, last])
    for path, text in files.items():
        target = folder / path
        state = "same" if target.is_file() and target.read_text() == text else "written"
        if state == "written":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        click.echo(f"{state} {path}")


def _read(settings: bytes) -> object:
    try:
        return yaml.safe_load(settings)
    except yaml.YAMLError as error:
        raise DockyardError(f"the settings are no YAML: {error}") from None


def _differs(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() != text


def _difference(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, f"{path} (rendered)", lineterm=""
    )
    return "\n".join(lines)
