"""Runs the agent on a host: `python3 -I -S -c THIS DIGEST SIZE VERB`, with the agent on stdin where the host has not got it.

It is typed on a command line, so it holds no secret; and it is plain enough for Python 3.6, so that an old one can say how old it is.
"""

import contextlib
import hashlib
import json
import os
import pwd
import runpy
import stat
import sys
import time


def tell(**answer: object) -> None:
    sys.stdout.write("dockyard-ready " + json.dumps(answer) + "\n")
    sys.stdout.flush()


def folder() -> str:
    """Where agents are kept: a folder that nobody else may enter."""
    path = "/var/cache/dockyard"
    if os.geteuid() != 0:
        path = os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".cache", "dockyard")
    os.makedirs(path, 0o700, exist_ok=True)
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise OSError(1, "must be a folder that nobody else may enter", path)
    return path


def has(path: str, digest: str) -> bool:
    """Whether the agent is there, whole and unchanged."""
    try:
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest() == digest
    except FileNotFoundError:
        return False


def put(path: str, content: bytes) -> None:
    """In one step, so that half an agent is never run. What other versions and cut uploads have left goes after a day."""
    parent, name = os.path.split(path)
    for left in os.listdir(parent):
        other = os.path.join(parent, left)
        # Another one that is sent there now gets its name meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if left != name and os.lstat(other).st_mtime < time.time() - 86400:
                os.unlink(other)
    temporary = os.path.join(parent, f".{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def main(digest: str, size: str, verb: str) -> None:
    version = list(sys.version_info[:3])
    # Older ones lack what the agent and the operations use.
    if sys.version_info < (3, 11):  # noqa: UP036 -- whatever Python the host has
        tell(python=version, old=True)
        return
    path = "its folder"
    try:
        path = os.path.join(folder(), f"agent-{digest}.pyz")
        there = has(path, digest)
        tell(python=version, agent=there)
        if not there:
            content = sys.stdin.buffer.read(int(size))
            if hashlib.sha256(content).hexdigest() != digest:
                sys.exit("the agent did not arrive whole")
            put(path, content)
            tell(python=version, agent=True)
    except OSError as error:
        tell(python=version, error=f"{error.filename or path}: {error.strerror}")
        return
    sys.argv = [path, verb]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
