"""`launch.py` and `keeper.py`, run as on a host: by themselves, as processes."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dockyard import ops
from dockyard.ops.launch import BOOT_ID, group_members, recorded_members, start_time, stat_fields

LAUNCH, KEEPER = (str(Path(ops.__path__[0], f"{name}.py")) for name in ("launch", "keeper"))
SLEEP = [sys.executable, "-c", "import time; time.sleep(120)"]
FORKING = [
    sys.executable,
    "-c",
    "import os, time, sys; pid = os.fork(); pid and open(sys.argv[1], 'w').write(str(pid)); time.sleep(120)",
]


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def lives(pid: int) -> bool:
    return (stat_fields(pid) or ["Z"])[0] != "Z"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        group = process.pid
        for pid in [process.pid, *group_members(group)]:
            with contextlib.suppress(ProcessLookupError):
                if lives(pid):
                    os.kill(pid, signal.SIGKILL)
        process.wait(60)


def launch(
    started: list[subprocess.Popen[bytes]], run: Path, *command: str, options: tuple[str, ...] = ()
) -> int:
    process = subprocess.Popen([sys.executable, LAUNCH, str(run), *options, "--", *command])
    started.append(process)
    wait_until(lambda: run.exists() and run.read_text().startswith(f"{process.pid} "))
    return process.pid


def test_the_program_takes_the_launcher_s_place_and_leads_its_own_group(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    pid = launch(started, tmp_path / "run", *SLEEP)
    wait_until(lambda: b"time.sleep" in Path(f"/proc/{pid}/cmdline").read_bytes())
    assert os.getpgid(pid) == pid
    assert (tmp_path / "run").read_text() == f"{pid} {start_time(pid)} {BOOT_ID.read_text().strip()}\n"


def test_what_a_kill_has_left_of_the_last_start_is_ended(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    run, child_file = tmp_path / "run", tmp_path / "child"
    leader = launch(started, run, *FORKING, str(child_file))
    wait_until(lambda: child_file.exists() and child_file.read_text())
    child = int(child_file.read_text())
    os.kill(leader, signal.SIGKILL)
    started[0].wait(60)
    assert lives(child)
    launch(started, run, *SLEEP)
    assert not lives(child)


def test_a_last_start_that_still_runs_is_ended_with_its_children(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    run, child_file = tmp_path / "run", tmp_path / "child"
    leader = launch(started, run, *FORKING, str(child_file))
    wait_until(lambda: child_file.exists() and child_file.read_text())
    launch(started, run, *SLEEP)
    assert not lives(leader)
    assert not lives(int(child_file.read_text()))


def test_a_process_that_took_over_the_number_is_left_alone(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    stranger = subprocess.Popen(SLEEP, start_new_session=True)
    started.append(stranger)
    boot = BOOT_ID.read_text().strip()
    start = int(start_time(stranger.pid))
    run = tmp_path / "run"
    run.write_text(f"{stranger.pid} {start - 1} {boot}\n")
    launch(started, run, *SLEEP)
    assert lives(stranger.pid)


def test_what_another_boot_has_left_is_left_alone_unless_its_leader_is_the_very_process(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """A container may name its boot otherwise than the mounts of a unit in it do: there the leader's start tells."""
    run, child_file = tmp_path / "run", tmp_path / "child"
    leader = launch(started, run, *FORKING, str(child_file))
    wait_until(lambda: child_file.exists() and child_file.read_text())
    child = int(child_file.read_text())
    run.write_text(f"{leader} {start_time(leader)} another-boot\n")
    assert sorted(recorded_members(run)) == sorted([leader, child])
    os.kill(leader, signal.SIGKILL)
    started[0].wait(60)
    assert recorded_members(run) == []
    launch(started, run, *SLEEP)
    assert lives(child)


@pytest.mark.parametrize("content", ["", "garbage", "1 2", None])
def test_a_run_file_that_says_nothing_is_no_obstacle(
    started: list[subprocess.Popen[bytes]], tmp_path: Path, content: str | None
) -> None:
    run = tmp_path / "run"
    if content is not None:
        run.write_text(content)
    assert lives(launch(started, run, *SLEEP))


def test_stale_sockets_are_removed(started: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "shared")]
    for path in paths:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
    one, two, shared = map(str, paths)
    launch(started, tmp_path / "run", *SLEEP, options=("--socket", one, "--socket", two, "--share", shared))
    assert [path for path in paths if path.exists()] == []


def test_a_shared_socket_is_the_group_s_as_soon_as_it_is_there(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    path = tmp_path / "shared"
    program = (
        "import os, socket, sys, time; os.umask(0o027); time.sleep(0.2); "
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); time.sleep(120)"
    )
    launch(
        started, tmp_path / "run", sys.executable, "-c", program, str(path), options=("--share", str(path))
    )
    wait_until(path.exists)
    wait_until(lambda: stat.S_IMODE(path.stat().st_mode) == 0o660)
    wait_until(lambda: len(group_members(started[0].pid)) == 1)


def tried(run: Path) -> tuple[int, str]:
    """What the launcher says to a folder when it is to start nothing."""
    done = subprocess.run(
        [sys.executable, LAUNCH, str(run)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_a_folder_of_one_s_own_is_trusted_and_so_is_one_that_is_not_there(tmp_path: Path) -> None:
    for run in (tmp_path / "run", tmp_path / "not/there/run", Path("/dev/shm/dockyard-not-there/run")):
        assert tried(run) == (0, "")
        assert not run.exists()


@pytest.mark.parametrize("depth", ["own", "parent"])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, depth: str) -> None:
    """Whoever may rename a folder may put a password server of their own in its place."""
    folder = tmp_path / "parent" / "own"
    folder.mkdir(parents=True)
    bad = folder if depth == "own" else folder.parent
    bad.chmod(0o777)
    expected = f"launch.py: {bad} can be written to by other users: remove it\n"
    assert tried(folder / "run") == (1, expected)
    command = [sys.executable, LAUNCH, str(folder / "run"), "--", "/bin/touch", str(tmp_path / "started")]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 1
    assert not (tmp_path / "started").exists()
    bad.chmod(0o1777)
    assert tried(folder / "run") == (0, "")


def test_a_link_in_the_folder_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert tried(tmp_path / "link" / "run") == (1, f"launch.py: {tmp_path / 'link'} is no folder\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs" / "run"
    folder.mkdir(parents=True)
    os.chown(folder.parent, 65534, 65534)
    expected = f"launch.py: {folder.parent} belongs to another user: remove it\n"
    assert tried(folder / "launch") == (1, expected)


def keeper(tmp_path: Path, parent_lives: str) -> tuple[subprocess.Popen[bytes], Path]:
    """A parent that starts the keeper, which is to touch a file when the parent has ended."""
    mark = tmp_path / "restarted"
    touch = [sys.executable, "-c", f"open({str(mark)!r}, 'w').close()"]
    parent = f"import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); {parent_lives}"
    return subprocess.Popen([sys.executable, "-c", parent, sys.executable, KEEPER, "--", *touch]), mark


def test_the_keeper_starts_its_command_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent, mark = keeper(tmp_path, "time.sleep(120)")
    try:
        wait_until(lambda: Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().strip())
        child = int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text())
        wait_until(lambda: any("pidfd" in link(fd) for fd in Path(f"/proc/{child}/fd").iterdir()))
        assert not mark.exists()
    finally:
        parent.kill()
        parent.wait(60)
    wait_until(mark.exists)


def link(path: Path) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""


def test_without_a_command_the_keeper_says_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, KEEPER], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "usage: keeper.py -- SUPERVISORD [ARGUMENT]...\n")
