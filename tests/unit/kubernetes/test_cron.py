"""How often a schedule runs."""

import pytest
from dockyard.kubernetes.cron import longest_pause
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("* * * * *", 1),
        ("*/3 * * * *", 3),
        ("7 * * * *", 60),
        ("17 */4 * * *", 240),
        ("0 */5 * * *", 300),
        ("5/15 * * * *", 15),
        ("0,30 8-18 * * *", 810),
        ("0 3 * * *", 1440),
        ("*/7 * * * *", 7),
        ("10-20/5 * * * *", 50),
    ],
)
def test_the_longest_pause_is_told_in_minutes(schedule, minutes):
    assert longest_pause(schedule) == minutes


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("@hourly", "five fields"),
        ("* * * *", "five fields"),
        ("0 3 * * 1", "every day"),
        ("0 3 1 * *", "every day"),
        ("60 * * * *", "outside 0 to 59"),
        ("0 24 * * *", "outside 0 to 23"),
        ("9-3 * * * *", "outside"),
        ("*/0 * * * *", "none of cron"),
        ("*-3 * * * *", "none of cron"),
        ("x * * * *", "none of cron"),
    ],
)
def test_what_is_no_daily_schedule_is_refused(schedule, problem):
    with pytest.raises(ValueError, match=problem):
        longest_pause(schedule)


@given(
    st.sets(st.integers(0, 59), min_size=1, max_size=5), st.sets(st.integers(0, 23), min_size=1, max_size=5)
)
def test_no_two_runs_are_further_apart(minutes, hours):
    """Told by walking through two days, minute by minute."""
    schedule = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"
    runs = [minute for minute in range(2 * 1440) if minute % 60 in minutes and minute // 60 % 24 in hours]
    assert longest_pause(schedule) == max(
        b - a for a, b in zip(runs, [*runs[1:], runs[0] + 2880], strict=True)
    )
