"""What is told of logs, and what never is."""

import gzip
import time
from datetime import UTC, datetime

import pytest
from dockyard.ops.faults import DAY, SHOWN, clean, errors_in, log, summary
from dockyard.ops.journal import faults
from dockyard.ops.log_files import STAMP

NOW = 1_800_000_000.0


def nginx(text: str, age: float = 60, level: str = "error") -> str:
    return time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(NOW - age)) + f" [{level}] {text}"


def registry(text: str, age: float = 60, level: str = "error") -> str:
    return f'time="{datetime.fromtimestamp(NOW - age, UTC).isoformat()}" level={level} {text}'


def judged(lines):
    return summary("log x", errors_in(lines), NOW, "/log/x", "tail -n 50 /log/x")


def test_errors_of_the_last_day_are_counted_by_kind_and_the_last_is_shown():
    lines = [
        nginx("a"),
        nginx("b", level="crit"),
        registry("c"),
        nginx("old", 90_000),
        nginx("w", level="warn"),
    ]
    found = judged(lines)
    assert found.status == "warning"
    assert found.evidence == "/log/x: 1 x crit, 2 x error; the last: c"


def test_a_log_without_errors_is_fine():
    assert judged([registry("fine", level="info"), "", "junk"]).status == "ok"


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Basic Y2k6Y2ktc2VjcmV0",
        "http.request.authorization=Bearer Y2k6Y2ktc2VjcmV0",
        'token="Y2k6Y2ktc2VjcmV0"',
        'request: "PATCH /v2/a?_state=Y2k6Y2ktc2VjcmV0&x=1"',
        "PASSWORD: Y2k6Y2ktc2VjcmV0",
        "sent basic Y2k6Y2ktc2VjcmV0",
    ],
)
def test_no_secret_of_a_line_is_shown(line):
    assert "Y2k6" not in clean(line)


def test_a_hostile_line_neither_steers_the_terminal_nor_stops_the_check(tmp_path):
    assert "\x1b" not in clean("\x1b[2J\x07")
    assert len(clean("x" * 10_000)) == SHOWN
    hostile = ["2026/99/99 99:99:99 [error] x", 'time="not a time" level=error x', nginx("fine")]
    assert "1 x error" in judged(hostile).evidence
    (tmp_path / "x.log").write_bytes(b"\xff\xfe\x00" * 1000)
    assert log(tmp_path / "x.log").status == "ok"


def test_a_log_that_is_not_there_is_skipped(tmp_path):
    assert log(tmp_path / "registry.log").status == "skipped"


def test_the_journal_tells_of_errors_and_of_programs_that_ended_by_themselves():
    said = [
        "Started dockyard-a-registry.service - registry of dockyard instance a.",
        registry("c"),
        "dockyard-a-registry.service: Main process exited, code=killed, status=9/KILL",
        "dockyard-a-registry.service: Failed with result 'signal'.",
        "dockyard-a-registry.service: Deactivated successfully.",
    ]
    found = summary("log x", faults(said, NOW), NOW, "the journal", "journalctl")
    wanted = "the journal: 1 x error, 1 x exit; the last: Main process exited, code=killed, status=9/KILL"
    assert (found.status, found.evidence) == ("warning", wanted)


def test_errors_that_were_put_aside_since_yesterday_count(tmp_path):
    """At midnight a log begins anew."""
    now = time.time()
    file = tmp_path / "front-error.log"
    file.write_text("")
    line = time.strftime("%Y/%m/%d %H:%M:%S [error] 1#1: *1 it went wrong\n", time.localtime(now - 3600))
    for ago, lines in ((1800, 2), (2 * DAY, 5)):
        stamp = time.strftime(STAMP, time.gmtime(now - ago))
        (tmp_path / f"{file.name}.{stamp}.gz").write_bytes(gzip.compress(line.encode() * lines))
    assert log(file).evidence.startswith(f"{file}: 2 x error; the last: 1#1: *1 it went wrong")
