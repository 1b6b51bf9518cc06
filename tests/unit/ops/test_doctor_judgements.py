"""What each check of the doctor says of plain readings."""

import threading
import time
from pathlib import Path

import pytest
from dockyard.ops import ages, certificate, clock, permissions, space, versions
from dockyard.ops.doctor import examine
from dockyard.ops.lock import locked
from dockyard.ops.space import GIB, Room
from dockyard.ops.verdict import ok

from tests.support.instance import wait_until

DAY, NOW = 86400.0, 1_800_000_000.0


def test_a_check_that_raises_or_overruns_is_a_failure_that_says_so_and_the_others_answer():
    def broken() -> None:
        raise ValueError("no such thing")

    def forbidden() -> None:
        raise PermissionError(13, "Permission denied", "/secret")

    end = threading.Event()
    wanted = {"a": broken, "b": end.wait, "c": lambda: ok("c", "fine"), "d": forbidden}
    a, b, c, d = examine(wanted, 3)
    end.set()
    assert (a.status, a.evidence) == ("failure", "the check failed: no such thing")
    assert (b.name, b.status, b.evidence) == ("b", "failure", "not done after 3 s")
    assert c.status == "ok"
    assert (d.status, d.hint) == ("skipped", "sudo dockyard doctor")
    assert "/secret" in d.evidence


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Room(50 * GIB, 100 * GIB, 0, 0), "ok"),
        (Room(14 * GIB, 100 * GIB, 0, 0), "warning"),
        (Room(4 * GIB, 100 * GIB, 0, 0), "failure"),
        (Room(GIB - 1, 2 * GIB, 0, 0), "failure"),
        (Room(50 * GIB, 100 * GIB, 10, 100), "warning"),
        (Room(50 * GIB, 100 * GIB, 4, 100), "failure"),
    ],
)
def test_a_disk_is_judged_by_its_share_its_last_gib_and_its_inodes(found, status):
    assert space.judge("store disk", Path("/s"), found).status == status


def known(age: float, error: str = "", **more: object) -> dict[str, object]:
    return {"started": NOW - age, "succeeded": NOW - age, "error": error, **more}


@pytest.mark.parametrize(
    ("what", "period", "status"),
    [
        (known(1.9 * DAY), DAY, "ok"),
        (known(2.1 * DAY), DAY, "failure"),
        (known(400 * DAY), 0, "ok"),
        (known(0, "no space"), DAY, "failure"),
        (known(0, broken=["a blob"]), DAY, "failure"),
        (known(-DAY), DAY, "failure"),
        (known(NOW), 0, "skipped"),
        (known(NOW), DAY, "warning"),
    ],
)
def test_a_job_is_judged_by_its_age_against_its_period_and_by_its_last_error(what, period, status):
    assert ages.judge("backup", what, period, NOW).status == status


def test_a_lock_held_for_long_is_a_warning_that_names_its_holder():
    assert ages.judge_lock("", 0).status == "ok"
    assert ages.judge_lock("gc (pid 7)", 60).status == "ok"
    late = ages.judge_lock("gc (pid 7)", 7 * 3600)
    assert (late.status, "gc (pid 7)" in late.evidence) == ("warning", True)


def test_who_holds_a_lock_is_seen_without_taking_it(tmp_path):
    def holder() -> str:
        return ages.lock_holder(tmp_path / "lock", Path("/proc/locks").read_text(), time.time())[0]

    assert holder() == ""
    with locked(tmp_path, "gc"):
        # Locks of others come and go while the kernel prints its list, in parts: one of it may be passed over.
        wait_until(lambda: holder().startswith("gc (pid "), "who holds it")
    assert holder() == ""


def test_a_front_that_is_closed_with_no_operation_is_a_failure():
    assert ages.judge_front(None, "").status == "ok"
    assert ages.judge_front("dockyard: gc", "gc (pid 7)").status == "ok"
    assert ages.judge_front("dockyard: gc", "").status == "failure"


def test_the_clock_is_judged_by_the_flag_of_the_kernel():
    assert clock.judge(0x2001, 1500).status == "ok"
    assert clock.judge(0x2041, 1500).status == "warning"


@pytest.mark.parametrize(("days", "status"), [(30, "ok"), (13, "warning"), (-1, "failure")])
def test_a_certificate_is_judged_by_the_days_it_has_left(days, status):
    assert certificate.judge("example.com", days * DAY).status == status


def test_a_version_is_judged_by_the_faults_that_were_mended_after_it():
    assert "CVE-2023-2253" in versions.judge("registry", "docker-registry x 2.8.1").evidence
    newer = versions.judge("registry", "registry github.com/docker/distribution 2.8.2+ds1")
    assert "CVE-2023-2253" not in newer.evidence
    assert newer.status == "warning"
    assert "the last release of 2, 2.8.3, is of October 2023" in newer.evidence
    assert newer.hint.startswith('set version: "3" and program')
    assert versions.judge("registry", "registry v3.1.1").status == "ok"
    assert versions.judge("registry", "unknown").status == "skipped"


def test_secrets_that_others_may_read_or_that_are_gone_are_named(tmp_path):
    secret, store = tmp_path / "key", tmp_path / "store"
    secret.touch(0o600)
    store.mkdir(0o750)
    assert permissions.permissions({str(secret): ""}, "", store).status == "ok"
    secret.chmod(0o644)
    open_key = permissions.permissions({str(secret): ""}, "", store)
    assert (open_key.status, open_key.hint) == ("failure", f"chmod o= {secret}")
    assert "0644" in open_key.evidence
    secret.unlink()
    assert "missing" in permissions.permissions({str(secret): ""}, "", store).evidence


def test_a_store_that_its_owner_may_not_write_or_that_is_another_accounts_is_named(tmp_path):
    tmp_path.chmod(0o550)
    assert "may not write" in permissions.permissions({}, "", tmp_path).evidence
    tmp_path.chmod(0o750)
    assert "not to nobody" in permissions.permissions({}, "nobody", tmp_path).evidence


@pytest.mark.parametrize(
    ("processes", "installed", "container", "said", "hint"),
    [
        (["chronyd"], ["chrony"], False, "chrony runs, and has found no time", "chronyc sources"),
        (["systemd-timesyn"], [], False, "systemd-timesyncd runs", "timedatectl timesync-status"),
        ([], ["ntpsec"], False, "is installed and does not run", "sudo systemctl enable --now ntpsec"),
        ([], [], False, "no time daemon is installed", "sudo apt-get install chrony"),
        (["chronyd"], ["chrony"], True, "this is a container", "timedatectl  # on that host"),
    ],
)
def test_a_clock_that_nothing_keeps_has_a_cause_and_a_command(processes, installed, container, said, hint):
    found = clock.judge(clock.UNSYNCHRONISED, 0, processes, installed, container)
    assert (found.status, found.hint) == ("warning", hint)
    assert said in found.evidence
