"""Files and directories: how they are, and how they become what they shall be."""

import contextlib
import grp
import os
import pwd
import stat
from pathlib import Path

from dockyard.self_hosted.bundle import Directory, File

MEMORY_TYPES = frozenset({"tmpfs", "ramfs"})


def file_difference(path: str, file: File) -> str:
    """How the file on disk differs: "is missing", "was edited", ...; "" where it does not."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    try:
        content = Path(path).read_bytes()
    except PermissionError:
        return "cannot be read"
    if content != file.data:
        return "was edited"
    return _ownership_difference(status, file)


def directory_difference(path: str, folder: Directory) -> str:
    """How the directory differs; "" where it does not."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    if not stat.S_ISDIR(status.st_mode):
        return "is no directory"
    return _ownership_difference(status, folder)


def _ownership_difference(status: os.stat_result, entry: File | Directory) -> str:
    mode = stat.S_IMODE(status.st_mode)
    if mode != entry.mode:
        return f"has mode {mode:04o}, not {entry.mode:04o}"
    owner, group = ids(entry)
    if owner not in (-1, status.st_uid):
        return f"does not belong to user {entry.owner}"
    if group not in (-1, status.st_gid):
        return f"does not belong to group {entry.group}"
    return ""


def ids(entry: File | Directory) -> tuple[int, int]:
    """User and group id; -1 leaves them. An account that is not there yet is -2, which nothing has."""
    try:
        owner = pwd.getpwnam(entry.owner).pw_uid if entry.owner else -1
    except KeyError:
        owner = -2
    try:
        group = grp.getgrnam(entry.group).gr_gid if entry.group else -1
    except KeyError:
        group = -2
    return owner, group


def temporary_name(path: str) -> str:
    """The one name under which a file's new content stands before it goes live; the next run finds what a kill left."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.dockyard-new")


def write_file(path: str, file: File) -> None:
    """Replaces the file in one step: no reader ever sees a part of it, nor a wrong owner or mode."""
    temporary = temporary_name(path)
    Path(temporary).unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(file.data)
        stream.flush()
        os.fchown(descriptor, *ids(file))
        os.fchmod(descriptor, file.mode)
        os.fsync(descriptor)
    os.rename(temporary, path)
    sync_folder(os.path.dirname(path))


def sync_folder(path: str | Path) -> None:
    """Makes a rename or removal in the folder last."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: str, folder: Directory) -> None:
    """Makes the directory (its parents exist) or gives it owner and mode."""
    # Nobody else may look in before the owner is right.
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    os.chown(path, *ids(folder), follow_symlinks=False)
    os.chmod(path, folder.mode)


def missing_folders(path: str) -> list[str]:
    """The folders of the path that do not exist, outermost first."""
    missing: list[str] = []
    current = Path(path)
    while not current.exists():
        missing.insert(0, str(current))
        current = current.parent
    return missing


def nearest(path: str) -> Path:
    """The path, or the nearest folder above it that exists."""
    current = Path(path)
    while not current.exists():
        current = current.parent
    return current


def filesystem_type(path: str) -> str:
    """The type of the file system that holds the path."""
    device = os.stat(nearest(path)).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[2] == wanted:
            return fields[fields.index("-") + 1]
    return "unknown"
