"""The registry's program on this host: whether it is one that may run, and the version that the bundle asks for."""

import os
import stat
import subprocess
from pathlib import Path

from dockyard.errors import Problem
from dockyard.ops.versions import HOW_TO_GET, Version, version_of
from dockyard.provider.agent.checks import clean_environment
from dockyard.self_hosted.bundle import RegistryProgram

SECONDS = 60.0
UNFINISHED = ("-alpha", "-beta", "-rc")
TOO_OLD: tuple[tuple[Version, str], ...] = (
    ((2, 8, 2), "a large n of /v2/_catalog takes all its memory (CVE-2023-2253)"),
    ((3, 1, 0), "before 3.1.0 a crash can leave an empty link, which ends every garbage collection"),
    ((3, 1, 1), "3.1.0 lets tags be deleted where deletes are off, and lacks the fix of CVE-2026-41888"),
)
"""Of each major version what is before, and why."""


def program_problems(wanted: RegistryProgram, accounts: bool) -> list[Problem]:
    """Why it cannot be run here; nothing is run that others could have changed. accounts: whether the registry has one of its own."""
    path, place = wanted.program, "program" if wanted.own else "version"
    if not os.path.isfile(path):
        hint = HOW_TO_GET if wanted.version == "3" else "name one that is there, or leave `program` out"
        return [Problem(place, f"{path} is missing on the host", hint)]
    if not os.access(path, os.X_OK):
        return [Problem(place, f"{path} cannot be executed", f"chmod 755 {path}")]
    if reason := _distrust(Path(path), accounts):
        return [Problem(place, reason, f"install it as root: install -m 755 {path} /usr/local/bin/registry")]
    return version_problems(place, wanted, _says(path))


def _distrust(path: Path, accounts: bool) -> str:
    """Why this user must not run it: others could have put something else there; or why the registry's account cannot."""
    real = Path(os.path.realpath(path))
    for part in (real, *real.parents, *path.parents):
        status = part.stat()
        if status.st_uid not in (0, os.geteuid()):
            return f"{part} belongs to another user"
        # In a sticky folder others cannot put anything in the place of what is there.
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not (
            part.is_dir() and status.st_mode & stat.S_ISVTX
        ):
            return f"{part} can be written to by other users"
    if accounts:
        closed = [it for it in (*reversed(real.parents), real) if not it.stat().st_mode & stat.S_IXOTH]
        if closed:
            return f"{closed[0]} is closed to the registry's account, which is not root"
    return ""


def _says(path: str) -> str:
    try:
        done = subprocess.run(
            [path, "--version"],
            env={**clean_environment(), "OTEL_TRACES_EXPORTER": "none"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing for {SECONDS:.0f} seconds"
    except OSError as error:
        return error.strerror or type(error).__name__
    return done.stdout.strip() or done.stderr.strip()


def version_problems(place: str, wanted: RegistryProgram, said: str) -> list[Problem]:
    """said: by `--version`."""
    version = version_of(said)
    if version is None:
        first = said.splitlines()[0][:100] if said else "nothing"
        return [Problem(place, f"{wanted.program} --version says no version: {first}", "is it a registry?")]
    shown = ".".join(map(str, version))
    if str(version[0]) != wanted.version:
        hint = f'set version: "{version[0]}"' if str(version[0]) in ("2", "3") else HOW_TO_GET
        return [Problem(place, f"{wanted.program} is {shown}, not {wanted.version}.x", hint)]
    if any(mark in said for mark in UNFINISHED):
        return [Problem(place, f"{wanted.program} is no release: {said[:100]}", HOW_TO_GET)]
    for least, reason in TOO_OLD:
        if version < least and least[0] == version[0]:
            need = max(limit for limit, _ in TOO_OLD if limit[0] == version[0])
            hint = f"install {'.'.join(map(str, need))} or later"
            return [Problem(place, f"{wanted.program} is {shown}: {reason}", hint)]
    return []
