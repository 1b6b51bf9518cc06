"""Takes away what was made; what is gone already is no error."""

import os
import shutil
from pathlib import Path

from dockyard.ops import launch
from dockyard.provider.agent.checks import clear_stages
from dockyard.provider.agent.entries import temporary_name
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.provider.agent.services import run_files, supervisor_of


def stop_supervisor(plan: Plan) -> list[str]:
    """Ends supervisord and its programs, and what a supervisord that was killed has left running."""
    supervisor = supervisor_of(plan.bundle)
    done = ["stopped supervisord and its services"] if supervisor and supervisor.stop() else []
    for path in run_files(plan.bundle):
        launch.end_leftovers(path)
    return done


def kept_folders(plan: Plan) -> list[str]:
    """The folders that stay: backups, and the images unless they are to be deleted."""
    images = plan.deletion != "delete"
    folders = plan.bundle.directories.items()
    return [path for path, it in folders if (it.precious or (it.keep and images)) and os.path.isdir(path)]


def remove_entries(plan: Plan, record: Record) -> list[str]:
    """Files, then folders; a folder that was there before us only where it is empty of others' things."""
    done = [f"kept {path}" for path in kept_folders(plan)]
    clear_stages(plan.id)
    for path in plan.bundle.files:
        Path(temporary_name(path)).unlink(missing_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
    kept = kept_folders(plan)
    gone = sorted(
        path
        for path in plan.bundle.directories
        if not any(Path(folder).is_relative_to(path) for folder in kept)
    )
    ours = [path for path in gone if path in record.folders or plan.bundle.directories[path].keep]
    for path in ours:
        if os.path.isdir(path):
            shutil.rmtree(path)
            done.append(f"removed {path}")
    for path in reversed([path for path in gone if path not in ours]):
        if os.path.isdir(path):
            done += _remove_foreign(path)
    return done


def _remove_foreign(path: str) -> list[str]:
    if os.listdir(path):
        return [f"left {path}: it was there before, and holds other things"]
    os.rmdir(path)
    return [f"removed {path}"]


def forget(plan: Plan, record: Record) -> None:
    """The record, and the folders above ours that were made for it, where nothing else is in them."""
    plan.record.unlink(missing_ok=True)
    above = [path for path in record.folders if path not in plan.bundle.directories]
    for path in sorted(above, key=len, reverse=True):
        if os.path.isdir(path) and not os.listdir(path):
            os.rmdir(path)


def other_records(plan: Plan) -> bool:
    """Whether another resource of ours is on this host, in the same place."""
    return any(path != plan.record for path in plan.record.parent.glob(".host-*.json"))
