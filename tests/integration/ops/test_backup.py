"""Backups of a running registry."""

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from tests.support.instance import wait_until
from tests.support.operations import Registry

pytestmark = pytest.mark.integration
BIG = random.Random(1).randbytes(4_000_000)
SMALL = random.Random(2).randbytes(100_000)


def test_a_second_backup_costs_what_is_new(registry: Registry) -> None:
    registry.write("team/app", "1", BIG)
    first = registry.done("backup")
    assert first["bytes_new"] >= len(BIG)
    registry.write("team/app", "2", SMALL)
    second = registry.done("backup")
    assert len(SMALL) <= second["bytes_new"] < 3 * len(SMALL)
    assert second["bytes_total"] > len(BIG)
    assert len(json.loads(registry.restic("snapshots", "--json"))) == 1, "one a day is kept"


def test_an_empty_registry_can_be_backed_up(registry: Registry) -> None:
    assert registry.done("backup")["bytes_total"] == 0


def test_uploads_are_left_out(registry: Registry) -> None:
    registry.write("team/app", "1", SMALL)
    upload = registry.tree / "repositories/team/app/_uploads/0f0e/data"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"unfinished")
    registry.done("backup")
    assert "/_uploads/" not in registry.restic("ls", "latest")
    assert "/_uploads/" not in (registry.state / "links.jsonl").read_text()


def test_nothing_secret_is_written_where_others_may_read_it(registry: Registry) -> None:
    registry.done("backup")
    assert (registry.etc / "password").stat().st_mode & 0o777 == 0o600
    assert (registry.repository / "config").stat().st_mode & 0o007 == 0
    password = (registry.etc / "password").read_bytes().strip()
    kept = [path for path in registry.state.rglob("*") if path.is_file()]
    assert [path for path in (*kept, registry.etc / "config.json") if password in path.read_bytes()] == []


def test_a_busy_instance_names_who_works_on_it(registry: Registry) -> None:
    registry.done("backup")
    with (registry.state / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("garbage collection (pid 7, since yesterday)\n")
        lock.flush()
        refused = registry.run("backup")
    assert refused.code == 1
    assert "busy: garbage collection (pid 7, since yesterday) holds" in refused.error


def test_a_wrong_password_is_named(registry: Registry) -> None:
    registry.done("backup")
    (registry.etc / "password").write_text("another-password\n")
    refused = registry.run("backup")
    assert (refused.code, "the password does not open the repository" in refused.error) == (1, True)
    assert "`password` of `backup`" in refused.hint
    assert json.loads((registry.state / "backup.json").read_text())["error"] == refused.error


def test_a_repository_that_is_gone_is_not_begun_anew(registry: Registry) -> None:
    registry.done("backup")
    registry.repository.rename(registry.repository.with_name("unmounted"))
    refused = registry.run("backup")
    assert (refused.code, refused.error) == (1, "the backup repository is gone")
    assert "mount its disk" in refused.hint
    assert not registry.repository.exists()


def test_a_full_disk_is_named(registry: Registry) -> None:
    """A limit on the size of files stands for the disk: restic's packs have megabytes."""
    if not shutil.which("prlimit"):
        pytest.skip("not installed: prlimit")
    registry.write("team/app", "1", BIG)
    refused = registry.run("backup", prefix=("prlimit", "--fsize=1000000"))
    assert refused.code == 1
    assert "restic backup" in refused.error
    assert registry.done("backup")["bytes_new"] >= len(BIG), "it goes on once there is room"


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_backup_is_made_good_by_the_next(registry: Registry, seed: int) -> None:
    registry.write("team/app", "1", BIG)
    registry.done("backup")
    registry.write("team/app", "2", SMALL)
    process = registry.start("backup")
    time.sleep(random.Random(seed).uniform(0.02, 0.9))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    registry.done("backup")
    assert "no errors were found" in registry.restic("check", "--read-data")


def test_a_lock_whose_process_has_ended_is_no_obstacle_and_one_that_is_held_is(registry: Registry) -> None:
    registry.write("team/app", "1", SMALL)
    registry.done("backup")
    command = [
        "restic",
        "-r",
        registry.repository,
        f"--password-file={registry.etc / 'password'}",
        "--no-cache",
    ]
    locks = registry.repository / "locks"
    with subprocess.Popen([*command, "backup", "--stdin"], stdin=subprocess.PIPE) as held:
        wait_until(lambda: any(locks.iterdir()), "its lock")
        refused = registry.run("backup")
        assert (refused.code, "another restic is at work" in refused.error) == (1, True)
        assert any(locks.iterdir())
        # Nobody has waited for it: its number is still taken, as by another process.
        held.kill()
        registry.done("backup")
    assert not any(locks.iterdir())


def test_a_check_reads_the_next_part_each_time(registry: Registry) -> None:
    registry.write("team/app", "1", SMALL)
    registry.done("backup")
    assert [registry.done("check")["part"] for _ in range(2)] == [1, 2]
    for pack in registry.repository.glob("data/*/*"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:-10])
    broken = registry.run("check")
    assert (broken.code, "restic check failed" in broken.error) == (1, True)
