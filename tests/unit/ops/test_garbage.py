"""When garbage is not collected, and which uploads are abandoned."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops import uploads
from dockyard.ops.errors import OpsError
from dockyard.ops.garbage import refuse

NOW = 1_000_000_000.0
HOUR = 3600
NEVER: dict[str, Any] = {"started": 0.0, "succeeded": 0.0, "error": ""}


def refused(backup: dict[str, Any], drill: dict[str, Any], every: int = 24 * HOUR) -> str:
    known = {"backup": {**NEVER, **backup}, "drill": {**NEVER, **drill}}
    try:
        refuse({"backup": every}, known.__getitem__, NOW)
    except OpsError as error:
        return f"{error.message} -- {error.hint}"
    return ""


def test_without_a_backup_nothing_is_collected() -> None:
    message = refused({}, {})
    assert "no backup yet" in message
    assert "--force" in message


def test_a_registry_that_has_no_backups_is_not_told_to_make_one() -> None:
    with pytest.raises(OpsError) as caught:
        refuse({}, {"backup": NEVER, "drill": NEVER}.__getitem__, NOW, backs_up=False)
    assert caught.value.message == "this registry has no backups; nothing was changed"
    assert 'set backup: {"enabled": true}' in caught.value.hint
    assert "--force" in caught.value.hint


def test_a_backup_counts_for_two_of_its_periods() -> None:
    assert refused({"succeeded": NOW - 47 * HOUR}, {}) == ""
    assert "49 hours old" in refused({"succeeded": NOW - 49 * HOUR}, {})


def test_a_backup_by_hand_counts_for_a_week() -> None:
    assert refused({"succeeded": NOW - 167 * HOUR}, {}, every=0) == ""
    assert "169 hours old" in refused({"succeeded": NOW - 169 * HOUR}, {}, every=0)


def test_a_drill_that_failed_stops_it_and_one_that_never_ran_does_not() -> None:
    assert refused({"succeeded": NOW}, {}) == ""
    assert "broken: team/app:1" in refused({"succeeded": NOW}, {"error": "broken: team/app:1"})


def upload(tree: Path, name: str, age: float) -> Path:
    folder = tree / "repositories/team/app/_uploads" / name
    folder.mkdir(parents=True)
    (folder / "startedat").write_text("")
    (folder / "data").write_bytes(b"x" * 100)
    for path in (*folder.iterdir(), folder):
        os.utime(path, (time.time() - age,) * 2)
    return folder


def test_an_upload_without_a_start_is_swept_a_day_after_its_last_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "full", lambda tree: False)
    old, fresh = upload(tmp_path, "old", 25 * HOUR), upload(tmp_path, "fresh", 23 * HOUR)
    assert uploads.sweep(tmp_path) == (1, 100)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_on_a_full_disk_every_upload_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "full", lambda tree: True)
    upload(tmp_path, "now", 0)
    assert uploads.sweep(tmp_path) == (1, 100)
