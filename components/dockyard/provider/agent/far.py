"""The agent on a host that is reached by SSH: what the worker does here by itself, it asks for there.

Whoever asks may be cut off at any moment. A change that has begun goes on to its end, and the next one waits for it (`_turn`); what
only serves the asker (a lock, an operation by hand) ends with the connection, which shows as the end of stdin.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.worker_lock import lock_path, try_lock
from dockyard.self_hosted.choice import choose
from dockyard.self_hosted.docker import limits

LOOKS = ("inspect", "services")
"""Verbs that change nothing."""
RUNS_SYSTEMD = Path("/run/systemd/system")


def main() -> int:
    """One verb: one of the agent's own, or one of these."""
    verb = sys.argv[1]
    if verb in OWN:
        return OWN[verb]()
    # Python compiles what it reads of a zip each time.
    from dockyard.provider.agent import main as agent

    with _turn(verb not in LOOKS):
        return agent.main()


@contextlib.contextmanager
def _turn(changes: bool) -> Iterator[None]:
    """One change at a time: one whose asker was cut off ends before the next begins."""
    if not changes:
        yield
        return
    with _open(lock_path().with_name("dockyard-change.lock")) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _tell(**answer: Any) -> None:
    print(json.dumps(answer), flush=True)


def _shells() -> int:
    """pyinfra's commands, one in each line, answered one after the other."""
    for line in iter(sys.stdin.readline, ""):
        with _turn(changes=True):
            done = subprocess.run(
                ["sh", "-c", json.loads(line)["command"]],
                stdin=subprocess.DEVNULL,
                env=clean_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        _tell(code=done.returncode, stdout=done.stdout, stderr=done.stderr)
    return 0


def _hold() -> int:
    """Has the host's lock from the answer `{"ok": {}}` on, as long as stdin is open."""
    with _open(lock_path()) as descriptor:
        while not try_lock(descriptor):
            _tell(waiting=True)
            if select.select([sys.stdin], [], [], 0.5)[0]:
                return 1
        _tell(ok={})
        sys.stdin.read()
    return 0


def _operate() -> int:
    """Runs a program, whose output is ours; ends it, and what it has started, when nobody waits for it any more."""
    command = json.loads(sys.stdin.readline())["command"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True)

    def end(*_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)

    def watch() -> None:
        sys.stdin.read()
        end()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    threading.Thread(target=watch, daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


def _facts() -> int:
    """What settings may leave open: whether systemd runs this host, whether containers can be limited and, where that is asked, whether
    Docker is to run the registry.
    """
    request = json.loads(sys.stdin.read())
    found: dict[str, Any] = {
        "systemd": RUNS_SYSTEMD.is_dir(),
        "limits": os.geteuid() == 0 or limits(clean_environment()),
    }
    if request:
        found |= choose(**request, environment=clean_environment())._asdict()
    _tell(ok=found)
    return 0


def _leave() -> int:
    """Nothing of the agent stays. It has been read: what still runs of it goes on."""
    shutil.rmtree(Path(sys.argv[0]).parent, ignore_errors=True)
    _tell(ok={})
    return 0


def _hello() -> int:
    _tell(ok={})
    return 0


OWN = {
    "hello": _hello,
    "facts": _facts,
    "shells": _shells,
    "hold": _hold,
    "operate": _operate,
    "leave": _leave,
}
