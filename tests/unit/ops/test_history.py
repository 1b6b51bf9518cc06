"""Daily totals of a store."""

from dockyard.ops.history import DAYS, grown

DAY = 86400.0
NOW = 1_795_749_600.0
TOTALS = {"repositories": 1, "tags": 2, "blobs": 3, "bytes": 4}


def test_a_day_has_one_line_with_its_last_totals():
    first = grown([], TOTALS, NOW)
    assert first == [{"day": "2026-11-27", **TOTALS}]
    assert grown(first, {**TOTALS, "bytes": 9}, NOW + 60) == [{"day": "2026-11-27", **TOTALS, "bytes": 9}]


def test_it_is_bounded_and_in_order():
    history = []
    for number in range(DAYS + 30):
        history = grown(history, {**TOTALS, "tags": number}, NOW + number * DAY)
    assert [entry["tags"] for entry in history] == list(range(30, DAYS + 30))


def test_a_clock_that_was_ahead_leaves_nothing_behind():
    ahead = grown([], TOTALS, NOW + 9 * DAY)
    assert [entry["day"] for entry in grown(ahead, TOTALS, NOW)] == ["2026-11-27"]


def test_what_cannot_be_understood_is_left_out():
    odd = [None, 3, {}, {"day": 5, **TOTALS}, {"day": "2026-01-01", "bytes": "x"}]
    assert len(grown(odd, TOTALS, NOW)) == 1
