"""Which job is due."""

import contextlib
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from dockyard.ops import front, main, results, schedule
from dockyard.ops.lock import locked
from dockyard.ops.main import COMMANDS
from dockyard.ops.scrub import SLICE

DAY = 86400.0
EVERY = {"backup": DAY, "check": 7 * DAY, "drill": 30 * DAY}
NOW = 1_800_000_000.0


def due(now: float = NOW, every=EVERY, group="operations", **known):
    never = {"started": 0.0, "succeeded": 0.0}
    return schedule.due(group, every, lambda job: {**never, **known.get(job, {})}, now)


def ran(ago: float, worked: bool = True):
    return {"started": NOW - ago, "succeeded": NOW - ago if worked else 0.0}


def test_the_first_backup_is_due_at_once_and_nothing_else_before_it():
    assert due() == ["backup"]


def test_after_it_the_others_are_due_in_their_order():
    assert due(backup=ran(10)) == ["check", "drill"]
    assert due(backup=ran(DAY + 1)) == ["backup", "check", "drill"]


def test_what_has_succeeded_rests_for_its_time():
    fresh = {"check": ran(10), "drill": ran(10)}
    assert due(backup=ran(DAY - 1), **fresh) == []
    assert due(backup=ran(DAY), **fresh) == ["backup"]


@pytest.mark.parametrize("job", schedule.GROUPS["operations"])
def test_what_has_failed_waits_for_a_while_and_is_tried_again(job):
    known = {"backup": ran(10), "check": ran(10), "drill": ran(10)}
    old = {"succeeded": NOW - 300 * DAY}
    wait = schedule.RETRY[job]
    assert due(**{**known, job: {**old, "started": NOW - wait + 1}}) == []
    assert due(**{**known, job: {**old, "started": NOW - wait}}) == [job]


def test_garbage_is_not_collected_before_the_first_backup_but_images_expire():
    every = {"retention": DAY, "gc": 7 * DAY}
    assert due(every=every, group="upkeep") == ["retention"]
    assert due(every=every, group="upkeep", backup=ran(10)) == ["retention", "gc"]
    assert due(every=every, group="upkeep", backup=ran(10), retention=ran(10)) == ["gc"]


def test_every_job_of_every_group_is_a_command_that_is_tried_again():
    jobs = [job for group in schedule.GROUPS.values() for job in group]
    assert sorted(jobs) == sorted(schedule.RETRY) == sorted(set(jobs))
    assert set(jobs) <= set(COMMANDS)


def test_a_job_is_not_run_where_its_time_is_zero():
    assert due(every=dict.fromkeys(EVERY, 0)) == []
    assert due(every={**EVERY, "drill": 0}, backup=ran(1)) == ["check"]


def test_a_clock_that_was_ahead_holds_nothing_up():
    later = {"started": NOW + 900 * DAY, "succeeded": NOW + 900 * DAY}
    assert due(backup=later, check=later, drill=later) == ["backup", "check", "drill"]


@pytest.mark.parametrize(
    ("text", "holder", "stays"),
    [(front.MARK, False, False), (front.MARK, True, True), ("an operator's\n", False, True)],
)
def test_a_front_that_was_left_closed_is_opened_unless_somebody_is_at_it(
    tmp_path, capsys, text, holder, stays
):
    settings = SimpleNamespace(
        closing={}, state=tmp_path, every={}, read_only=tmp_path / "read-only", audit_max_bytes=0
    )
    settings.read_only.write_text(text)
    with locked(tmp_path, "gc") if holder else contextlib.nullcontext():
        schedule.tick(settings, "operations", tmp_path, None)
        assert settings.read_only.exists()
        schedule.tick(settings, "upkeep", tmp_path, None)
    assert settings.read_only.exists() == stays
    assert ("let in again" in capsys.readouterr().out) == (not stays)


def test_writes_are_let_in_again_while_a_long_job_runs(tmp_path, monkeypatch):
    """A scrub may take hours."""
    job = tmp_path / "job.py"
    job.write_text(
        f"import os, time\nwhile os.path.exists({str(tmp_path / 'read-only')!r}): time.sleep(0.01)\n"
    )
    monkeypatch.setattr("sys.argv", [str(job)])
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.1)
    settings = SimpleNamespace(
        closing={}, state=tmp_path, read_only=tmp_path / "read-only", audit_max_bytes=0
    )
    settings.read_only.write_text(front.MARK)
    main._runner(settings, "upkeep")("scrub", tmp_path)
    assert not settings.read_only.exists()


def test_a_restart_neither_loses_nor_doubles_a_run(tmp_path):
    """Each tick is a process that may have just been started: what it knows stands in files."""
    settings = SimpleNamespace(closing={}, state=tmp_path, every={**EVERY, "check": 0, "drill": 0})
    runs = []

    def interrupted(job: str, config: Path) -> None:
        runs.append(job)
        results.remember(tmp_path, job, started=NOW)

    def whole(job: str, config: Path) -> None:
        runs.append(job)
        with results.remembered(tmp_path, job):
            pass

    schedule.tick(settings, "operations", tmp_path, interrupted)
    assert runs == ["backup"]
    results.remember(tmp_path, "backup", started=0.0)
    schedule.tick(settings, "operations", tmp_path, whole)
    schedule.tick(settings, "operations", tmp_path, whole)
    assert runs == ["backup", "backup"]


def test_a_scrub_needs_no_backup_and_goes_on_when_it_has_worked_for_its_time():
    """It is begun again as soon as it has let the others have their turn, and rests when a round has ended."""
    every = {"scrub": 30 * DAY}
    assert due(every=every, group="upkeep") == ["scrub"]
    worked = {"started": NOW - SLICE, "succeeded": NOW - 31 * DAY}
    assert due(every=every, group="upkeep", scrub=worked) == ["scrub"]
    assert due(every=every, group="upkeep", scrub={**worked, "started": NOW - SLICE / 2}) == []
    assert due(every=every, group="upkeep", scrub=ran(29 * DAY)) == []


def test_images_are_counted_at_once_where_somebody_has_no_page(tmp_path):
    """A change of rights makes another page, which is not waited for until the next hour."""
    config = {"readers_file": tmp_path / "readers.json", "pages": tmp_path / "pages"}
    settings = SimpleNamespace(
        closing={},
        state=tmp_path,
        every={"inventory": 3600},
        read_only=tmp_path / "read-only",
        audit_max_bytes=0,
        **config,
    )
    settings.pages.mkdir()
    ran_now: list[str] = []

    def ticked(seconds_ago: float) -> list[str]:
        ran_now.clear()
        at = time.time() - seconds_ago
        results.remember(tmp_path, "inventory", started=at, succeeded=at)
        schedule.tick(settings, "upkeep", tmp_path, lambda job, _: ran_now.append(job))
        return list(ran_now)

    assert ticked(600) == []
    settings.readers_file.write_text('{"0123": ["team/.*"]}')
    assert ticked(600) == ["inventory"]
    assert ticked(10) == [], "not again and again"
    (settings.pages / "0123.html").touch()
    assert ticked(600) == []
    assert ticked(3700) == ["inventory"]


def test_a_job_that_asks_for_a_longer_pause_gets_it():
    """An authority limits how often it is asked."""
    last = {"started": NOW - 3000, "succeeded": 0.0}
    assert due(every={"certificate": 3600}, group="certificate", certificate=last) == ["certificate"]
    assert due(every={"certificate": 3600}, group="certificate", certificate={**last, "pause": 3600.0}) == []
