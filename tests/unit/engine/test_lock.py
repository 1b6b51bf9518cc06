"""A stack's lock: one holder, whoever asks, and nobody's lock is taken who lives."""

import getpass
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from dockyard.engine import lock
from dockyard.engine.backend import Backend
from dockyard.errors import DockyardError

# Takes the lock of a stack again and again; while it holds it, nobody else may be in the room.
CONTENDER = """
import os, sys, time
from pathlib import Path
from dockyard.engine.backend import Backend
from dockyard.errors import DockyardError

root, room = Path(sys.argv[1]), Path(sys.argv[2])
backend = Backend.open(f"file://{root}/state", root)
held, end = 0, time.monotonic() + 100
while held < 15 and time.monotonic() < end:
    try:
        with backend.lock("registry", "local"):
            os.close(os.open(room, os.O_CREAT | os.O_EXCL))
            held += 1
            room.unlink()
    except DockyardError as error:
        assert "is locked by" in str(error), error
        time.sleep(0.001)
print(held)
"""


def write_lock(backend: Backend, name: str = "other.json", **content: Any) -> Path:
    folder = backend.files("registry", "local").locks
    folder.mkdir(parents=True, exist_ok=True)
    whole = {
        "pid": os.getpid(),
        "username": getpass.getuser(),
        "hostname": socket.gethostname(),
        "timestamp": "2026-01-02T03:04:05Z",
        **content,
    }
    (folder / name).write_text(json.dumps(whole))
    return folder / name


def a_dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def refusal(backend: Backend) -> str:
    with pytest.raises(DockyardError) as error, backend.lock("registry", "local"):
        pass
    return str(error.value)


def test_while_held_the_lock_is_a_file_that_the_cli_understands_and_then_it_is_gone(backend: Backend) -> None:
    folder = backend.folder / ".pulumi" / "locks" / "organization" / "registry" / "local"
    with backend.lock("registry", "local"):
        (file,) = folder.iterdir()
        content = json.loads(file.read_text())
    assert file.suffix == ".json"
    assert content["pid"] == os.getpid()
    assert (content["username"], content["hostname"]) == (getpass.getuser(), socket.gethostname())
    assert content["timestamp"].endswith("Z")
    assert list(folder.iterdir()) == []


def test_the_lock_is_given_back_where_the_operation_fails(backend: Backend) -> None:
    with pytest.raises(ZeroDivisionError), backend.lock("registry", "local"):
        raise ZeroDivisionError
    with backend.lock("registry", "local"):
        pass


def test_a_living_process_is_named_with_user_host_pid_and_time(backend: Backend) -> None:
    file = write_lock(backend)
    assert refusal(backend) == (
        f"stack local is locked by {getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()}) "
        "since 2026-01-02T03:04:05Z\n"
        "hint: wait for it to end; if it is gone for good, `dockyard cancel -s local` removes its lock"
    )
    assert file.exists()


def test_a_dead_process_of_this_host_loses_its_lock_with_a_notice(backend: Backend) -> None:
    pid = a_dead_pid()
    file = write_lock(backend, pid=pid)
    notices: list[str] = []
    with backend.lock("registry", "local", notices.append):
        assert not file.exists()
    assert notices == [
        f"took over the lock of {getpass.getuser()}@{socket.gethostname()} (pid {pid}) "
        "since 2026-01-02T03:04:05Z: that process is gone"
    ]


def test_a_pid_that_belongs_to_a_later_process_does_not_keep_the_lock(backend: Backend) -> None:
    write_lock(backend, started="1")
    with backend.lock("registry", "local"):
        pass


@pytest.mark.parametrize(
    "content",
    [
        {"hostname": "another-host"},
        {"username": "somebody-else"},
        {"namespace": "pid:[1]"},
        {"pid": 0},
        {"pid": -1},
    ],
    ids=["another host", "another user", "another container", "no pid", "a process group"],
)
def test_what_cannot_be_known_to_be_dead_keeps_its_lock(backend: Backend, content: dict[str, Any]) -> None:
    file = write_lock(backend, **{"pid": a_dead_pid(), **content})
    assert "stack local is locked by" in refusal(backend)
    assert file.exists()


def test_a_lock_that_cannot_be_read_is_a_lock(backend: Backend) -> None:
    write_lock(backend).write_text("")
    assert f"locked by {getpass.getuser()}@unknown" in refusal(backend)


def test_a_lock_that_only_another_user_may_read_is_a_lock_of_its_owner(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_lock(backend)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert f"locked by {file.owner()}@unknown" in refusal(backend)
    assert file.exists()


def test_another_stack_is_not_locked(backend: Backend) -> None:
    with backend.lock("registry", "local"), backend.lock("registry", "prod"):
        pass


def test_cancel_removes_all_locks_and_names_their_holders(backend: Backend) -> None:
    write_lock(backend, "a.json", hostname="h1")
    write_lock(backend, "b.json", hostname="h2")
    named = backend.cancel("registry", "local")
    assert [name.partition(" ")[0].partition("@")[2] for name in named] == ["h1", "h2"]
    with backend.lock("registry", "local"):
        pass


def test_whoever_writes_at_the_same_moment_is_seen_and_given_way_to(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's lock appears after our check and before ours is written."""
    original = lock.write_atomically

    def write(path: Path, data: bytes, **options: Any) -> None:
        write_lock(backend, hostname="another-host")
        original(path, data, **options)

    monkeypatch.setattr(lock, "write_atomically", write)
    assert "another-host" in refusal(backend)
    assert [file.name for file in backend.files("registry", "local").locks.iterdir()] == ["other.json"]


def test_of_two_who_write_at_the_same_moment_one_at_a_time_goes_on(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have checked and both have written before either checks again."""
    original, meeting, met = lock.write_atomically, threading.Barrier(2), threading.local()
    inside, most = [], []

    def write(path: Path, data: bytes, **options: Any) -> None:
        first, met.once = not getattr(met, "once", False), True
        if first:
            meeting.wait(30)
        original(path, data, **options)
        if first:
            meeting.wait(30)

    def contend() -> None:
        try:
            with backend.lock("registry", "local"):
                inside.append(1)
                time.sleep(0.05)
                most.append(len(inside))
                inside.pop()
        except DockyardError as error:
            most.append(0 if "is locked by" in str(error) else 99)

    backend.prepare()
    monkeypatch.setattr(lock, "write_atomically", write)
    threads = [threading.Thread(target=contend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 2
    assert max(most) <= 1
    assert list(backend.files("registry", "local").locks.iterdir()) == []


def test_of_many_contenders_never_two_hold_the_lock(tmp_path: Path) -> None:
    room = tmp_path / "room"
    command = [sys.executable, "-c", CONTENDER, str(tmp_path), str(room)]
    contenders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    results = [contender.communicate(timeout=120)[0] for contender in contenders]
    assert [contender.returncode for contender in contenders] == [0, 0, 0]
    assert all(int(result) > 0 for result in results)
