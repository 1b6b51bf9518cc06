"""Files and folders become what the bundle says, in an order that a kill at any point does not harm."""

import os
import shutil
from pathlib import Path

from dockyard.errors import DockyardError, Problem, ProblemsError
from dockyard.provider.agent.checks import run_checks
from dockyard.provider.agent.containers import fingerprints
from dockyard.provider.agent.entries import (
    directory_difference,
    file_difference,
    make_directory,
    missing_folders,
    temporary_name,
    write_file,
)
from dockyard.provider.agent.plan import Plan, record_path
from dockyard.provider.agent.record import NOT_LOADED, Record, served_by, unit_files, wanted_digests
from dockyard.self_hosted.bundle import Bundle

FEW = 3
"""So many paths are named one by one."""


def adopt_record(plan: Plan) -> Record:
    """The record, moved here where the bundle's first folder has moved."""
    before = record_path(plan.id, plan.old) if plan.old else plan.record
    if before != plan.record and before.exists() and not plan.record.exists():
        record = Record.load(before)
        record.save(plan.record)
        before.unlink()
    return Record.load(plan.record)


def apply_files(plan: Plan, record: Record) -> list[str]:
    """Makes folders, checks the new files, writes those that differ, removes what is no longer in the bundle.

    Gives what was done, for people. Raises ProblemsError where a check fails; then nothing live has changed.
    """
    done = make_folders(plan, record)
    if failures := run_checks(plan.id, plan.bundle):
        raise ProblemsError("the new files", failures)
    different = {
        path: difference
        for path, file in plan.bundle.files.items()
        if (difference := file_difference(path, file))
    }
    _mark_not_loaded(plan, record, set(different))
    for path in plan.bundle.files:
        Path(temporary_name(path)).unlink(missing_ok=True)
    new = [path for path, difference in different.items() if difference == "is missing"]
    for path, difference in sorted(different.items()):
        _write(path, plan.bundle)
        if path not in new:
            changed = plan.old is not None and plan.old.files.get(path) != plan.bundle.files[path]
            done.append(f"changed {path}" if changed else f"mended {path}, which {difference}")
    done += _summary("wrote", new, "files")
    for path, folder in plan.bundle.directories.items():
        if text := directory_difference(path, folder):
            make_directory(path, folder)
            done.append(f"mended {path}, which {text}")
    return done + _remove_old(plan, record)


def _summary(verb: str, paths: list[str], kind: str) -> list[str]:
    """A line for each, or one for many."""
    if len(paths) <= FEW:
        return [f"{verb} {path}" for path in paths]
    common = os.path.commonpath(paths)
    return [f"{verb} {len(paths)} {kind}" + (f" below {common}" if common != "/" else "")]


def make_folders(plan: Plan, record: Record) -> list[str]:
    """The missing ones only: the mode of one that is there may matter to what runs."""
    made = []
    wanted = sorted({*plan.bundle.directories, *(os.path.dirname(path) for path in plan.bundle.files)})
    for path in wanted:
        for folder in missing_folders(path):
            record.note(folder)
            record.save(plan.record)
            if folder in plan.bundle.directories:
                make_directory(folder, plan.bundle.directories[folder])
            else:
                os.makedirs(folder, 0o755, exist_ok=True)
            made.append(folder)
        if not os.path.isdir(path):
            raise ProblemsError("the host", [Problem(f"directories{path}", "is no directory", "remove it")])
    return _summary("made", made, "folders")


def _mark_not_loaded(plan: Plan, record: Record, changed: set[str]) -> None:
    """Before a file changes: whoever reads it has not loaded it, whatever happens next."""
    before = dict(record.loaded)
    for service in plan.bundle.services:
        if changed & set(service.restart_on):
            record.loaded[f"restart:{service.name}"] = NOT_LOADED
        if changed & set(service.reload_on):
            record.loaded[f"reload:{service.name}"] = NOT_LOADED
    if changed & set(unit_files(plan.bundle)):
        record.loaded["units"] = NOT_LOADED
    if plan.bundle.supervisor in changed:
        record.loaded["programs"] = NOT_LOADED
    if record.loaded != before or not plan.record.exists():
        record.save(plan.record)


def _write(path: str, bundle: Bundle) -> None:
    try:
        write_file(path, bundle.files[path])
    except OSError as error:
        raise DockyardError(f"cannot write {path}: {error.strerror}") from None


def _remove_old(plan: Plan, record: Record) -> list[str]:
    if plan.old is None:
        return []
    done = []
    for path in sorted(plan.old.files.keys() - plan.bundle.files.keys()):
        if os.path.lexists(path):
            os.unlink(path)
            done.append(f"removed {path}")
    for path in sorted(plan.old.directories.keys() - plan.bundle.directories.keys(), reverse=True):
        if any(Path(kept).is_relative_to(path) for kept in (*plan.bundle.directories, *plan.bundle.files)):
            continue
        if plan.old.directories[path].keep or plan.old.directories[path].precious:
            done.append(f"left {path} and what is in it")
        elif path in record.folders and os.path.isdir(path):
            shutil.rmtree(path)
            done.append(f"removed {path}")
    return done


def confirm(plan: Plan, record: Record) -> None:
    """Once everything runs: what the services have loaded, and which program serves the images."""
    program = {key: record.loaded[key] for key in ("program",) if key in record.loaded}
    record.loaded = {**wanted_digests(plan.bundle), **program, **fingerprints(plan.bundle)}
    record.registry, record.switching = served_by(plan.bundle), False
    record.save(plan.record)
