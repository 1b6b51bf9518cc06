"""Which snapshot is meant, and whether there is room for it."""

from collections import namedtuple
from types import SimpleNamespace

import pytest
from dockyard.ops import restored, results
from dockyard.ops.errors import OpsError

SNAPSHOTS = [
    {"id": "one", "short_id": "1", "time": "2026-05-01T10:00:00.123456789Z", "paths": ["/x"]},
    {"id": "two", "short_id": "2", "time": "2026-05-02T12:00:00.5+02:00", "paths": ["/x"]},
]


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (None, "two"),
        ("2026-05-02T10:00:01Z", "two"),
        ("2026-05-02 09:59", "one"),
        ("2026-05-02T11:59:00+02:00", "one"),
    ],
)
def test_the_last_one_by_then(at, wanted):
    assert restored.choose(SNAPSHOTS, at and restored.moment(at))["id"] == wanted


def test_none_by_then_names_the_first():
    with pytest.raises(OpsError) as refused:
        restored.choose(SNAPSHOTS, restored.moment("2026-04-30"))
    assert refused.value.hint == "the first one is of 2026-05-01 10:00:00 UTC"


def test_none_at_all():
    with pytest.raises(OpsError, match="no snapshot yet"):
        restored.choose([])


def test_what_is_no_time():
    with pytest.raises(OpsError, match="'yesterday' is no time"):
        restored.moment("yesterday")


class Sized:
    def size(self, snapshot):
        return 100 << 20


def test_room_for_the_snapshot_is_looked_for_first(monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(restored.shutil, "disk_usage", lambda path: usage(150 << 20))
    with pytest.raises(OpsError, match="has 150 MiB free, and the snapshot needs 166 MiB"):
        restored.require_space(SimpleNamespace(state=tmp_path), Sized(), SNAPSHOTS[0], tmp_path)
    monkeypatch.setattr(restored.shutil, "disk_usage", lambda path: usage(200 << 20))
    assert (
        restored.require_space(SimpleNamespace(state=tmp_path), Sized(), SNAPSHOTS[0], tmp_path) == 100 << 20
    )
    results.remember(tmp_path, "backup", snapshot="1", bytes_total=50 << 20)
    assert restored.require_space(SimpleNamespace(state=tmp_path), None, SNAPSHOTS[0], tmp_path) == 50 << 20


def test_a_snapshot_of_something_else_is_refused(tmp_path):
    with pytest.raises(OpsError, match="snapshot 1 is none of a registry: /x"):
        restored.restore_into(Sized(), SNAPSHOTS[0], tmp_path)
