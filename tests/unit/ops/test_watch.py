"""When uploads are refused because the disk is nearly full."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from dockyard.ops import watch
from dockyard.ops.watch import Disk

GIB = 1 << 30


@pytest.mark.parametrize(
    ("percent", "size", "total", "kept"),
    [
        (5, 0, 100 * GIB, 5 * GIB),
        (5, 0, 10_000 * GIB, 20 * GIB),
        (0, 7 * GIB, 100 * GIB, 7 * GIB),
        (0, 0, 100 * GIB, 0),
    ],
)
def test_a_share_is_bounded_and_a_size_is_as_given(percent, size, total, kept):
    assert watch.reserve(percent, size, total) == kept


@pytest.mark.parametrize(
    ("free", "was", "refused"),
    [(9, False, True), (10, False, False), (12, True, True), (13, True, False), (12, False, False)],
)
def test_uploads_are_let_in_again_with_some_room_to_spare(free, was, refused):
    assert watch.full(Disk(100, free), 10, was) is refused


def test_only_a_change_is_told_and_the_front_is_told_by_a_file(tmp_path: Path, monkeypatch):
    settings = SimpleNamespace(full=tmp_path / "full", reserve_percent=10, reserve_bytes=0)
    told = []
    for free in (50, 5, 6, 11, 50, 50):
        monkeypatch.setattr(watch, "disk", lambda _, free=free: Disk(100 << 20, free << 20))
        told.append((watch.look(settings), settings.full.exists()))
    assert [there for _, there in told] == [False, True, True, True, False, False]
    assert [bool(text) for text, _ in told] == [False, True, False, False, True, False]
    assert told[1][0] == (
        "5 MiB are free, the reserve is 10 MiB: uploads are refused; `dockyard gc` and retention make room"
    )
