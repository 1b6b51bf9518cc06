"""Staged checks: the new files, tried by their own program before any of them goes live."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dockyard.errors import Problem
from dockyard.provider.agent.entries import MEMORY_TYPES, filesystem_type
from dockyard.self_hosted.bundle import Bundle, Check
from dockyard.self_hosted.docker import VARIABLES

TIMEOUT = 60.0
LINES = 20


def memory_folder() -> Path:
    """A memory-backed folder for short-lived private files. Files staged there may hold keys."""
    candidates = (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm", "/run")  # noqa: S108
    for candidate in candidates:
        if candidate and os.access(candidate, os.W_OK) and filesystem_type(candidate) in MEMORY_TYPES:
            return Path(candidate)
    return Path(tempfile.gettempdir())


def run_checks(id_: str, bundle: Bundle) -> list[Problem]:
    """Runs every check on a staged copy; a failing one gives a problem with the end of its program's output."""
    return [problem for check in bundle.checks for problem in _run(id_, check, bundle)]


def clear_stages(id_: str) -> None:
    """Removes stages that a killed run left."""
    for left in memory_folder().glob(f"dockyard-{id_}-*"):
        shutil.rmtree(left)


def _run(id_: str, check: Check, bundle: Bundle) -> Iterator[Problem]:
    with _stage(id_, check.root, bundle) as stage:
        command = [part.replace("{stage}", str(stage)) for part in check.command]
        try:
            done = subprocess.run(
                command,
                cwd=stage,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            yield Problem(f"checks/{check.name}", f"cannot run {command[0]}: {type(error).__name__}")
            return
        if done.returncode:
            output = done.stdout.decode(errors="replace").replace(str(stage), check.root)
            tail = "\n    ".join(output.strip().splitlines()[-LINES:])
            yield Problem(f"checks/{check.name}", f"failed, nothing was changed:\n    {tail}")


@contextlib.contextmanager
def _stage(id_: str, root: str, bundle: Bundle) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"dockyard-{id_}-", dir=memory_folder()))
    try:
        for path, file in bundle.files.items():
            if Path(path).is_relative_to(root):
                target = folder / Path(path).relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch(0o600)
                target.write_bytes(file.data)
        yield folder
    finally:
        shutil.rmtree(folder)


def clean_environment() -> dict[str, str]:
    """An environment for programs that we start: no secret of ours (a passphrase, a token) comes with it."""
    names = ("PATH", "HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "TZ")
    return {
        **{name: os.environ[name] for name in (*names, *VARIABLES) if name in os.environ},
        "LC_ALL": "C.UTF-8",
    }
