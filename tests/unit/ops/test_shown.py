"""Numbers and names as people read them."""

import pytest
from dockyard.ops import shown


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (5 << 20, "5.0 MiB"),
        (412 << 20, "412 MiB"),
        (1003 << 20, "1.0 GiB"),
        (5 << 40, "5.0 TiB"),
    ],
)
def test_sizes_have_their_unit(count, text):
    assert shown.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (1.2, "1 second"),
        (71, "1 minute"),
        (7200, "2 hours"),
        (33 * 3600, "33 hours"),
        (9 * 86400, "9 days"),
    ],
)
def test_lengths_have_one_unit(seconds, text):
    assert shown.length(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86400, "every day"), (3600, "every hour"), (7 * 86400, "every 7 days"), (300, "every 5 minutes")],
)
def test_periods_are_told_as_they_were_set(seconds, text):
    assert shown.every(seconds) == text


def test_what_cannot_be_seen_is_shown_as_such():
    assert shown.printable("a\n\x1b[31m\u202eb\udcffc") == "a\ufffd\ufffd[31m\ufffdb\ufffdc"
    assert shown.printable("größe 1.0") == "größe 1.0"


def test_more_than_one_is_said_so():
    assert [shown.several(count, "tag") for count in (0, 1, 1204)] == ["0 tags", "1 tag", "1,204 tags"]
