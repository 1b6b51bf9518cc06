"""The files of a log, and reading what is still written."""

import gzip
import tracemalloc

import pytest
from dockyard.ops import log_files
from dockyard.ops.log_files import LONGEST, Aside, Lines, Tail, aside, opened, read
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def log(tmp_path):
    return tmp_path / "audit.log"


def put_aside(log, stamp, content, packed=True):
    path = log.with_name(f"{log.name}.{stamp}{'.gz' if packed else ''}")
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def everything(log):
    files, tail = opened(log)
    found = [line for file in files for line in read(file)] + list(tail.lines())
    tail.close()
    return found


def test_files_are_read_in_the_order_of_time(log):
    put_aside(log, "20261127T000000", b"3\n", packed=False)
    put_aside(log, "20261125T000000", b"1\n")
    put_aside(log, "20261126T000000", b"2\n")
    log.write_bytes(b"4\n")
    for name in ("audit.log.gz", "audit.log.20261301T000000", ".audit.log.20261127T000000.new", "other.log"):
        (log.parent / name).write_bytes(b"none of it\n")
    assert everything(log) == [b"1", b"2", b"3", b"4"]


def test_a_file_that_is_there_in_both_forms_counts_once(log):
    """Killed between the two steps."""
    put_aside(log, "20261125T000000", b"1\n", packed=False)
    put_aside(log, "20261125T000000", b"1\n")
    assert everything(log) == [b"1"]


def test_a_file_that_is_packed_after_it_was_listed_is_found_and_one_that_is_gone_is_none(log):
    path = put_aside(log, "20261125T000000", b"1\n", packed=False)
    (file,) = aside(log)
    path.unlink()
    assert list(read(file)) == []
    put_aside(log, "20261125T000000", b"1\n")
    assert list(read(file)) == [b"1"]


def test_a_damaged_file_gives_what_can_be_read_of_it(log):
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    path = put_aside(log, "20261125T000000", lines)
    path.write_bytes(path.read_bytes()[:-1000])
    found = []
    with pytest.raises(ValueError, match="ended before"):
        found += read(Aside(path.with_suffix(""), 0.0, True))
    path.write_bytes(b"none of gzip's")
    with pytest.raises(ValueError, match="Not a gzipped file"):
        list(read(Aside(path.with_suffix(""), 0.0, True)))


def test_a_torn_last_line_waits_for_its_end(log):
    log.write_bytes(b"whole\nto")
    tail = Tail(log)
    assert list(tail.lines()) == [b"whole"]
    with log.open("ab") as stream:
        stream.write(b"rn\n")
    assert list(tail.lines()) == [b"torn"]
    tail.close()


def test_a_log_that_is_put_aside_is_read_to_its_end(log):
    log.write_bytes(b"before\n")
    tail = Tail(log, at_end=True)
    late = log.open("ab", buffering=0)
    log.rename(put_aside(log, "20261125T000000", b"", packed=False))
    late.write(b"late\n")
    log.write_bytes(b"new\n")
    assert list(tail.lines()) == [b"late", b"new"]
    late.write(b"later\n")
    assert list(tail.lines()) == [b"later"]
    late.close()
    for number in range(4):
        log.rename(put_aside(log, f"2026112{number}T000000", b"", packed=False))
        log.write_bytes(b"%d\n" % number)
        assert list(tail.lines()) == [b"%d" % number]
        assert len(tail.inodes) <= log_files.KEPT
    tail.close()


def test_a_log_that_begins_later_is_read_from_its_first_line(log):
    tail = Tail(log, at_end=True)
    assert list(tail.lines()) == []
    log.write_bytes(b"first\n")
    assert list(tail.lines()) == [b"first"]
    tail.close()


class Pieces:
    """A stream that gives what it holds in pieces."""

    def __init__(self, pieces):
        self.pieces = [piece for piece in pieces if piece]

    def read(self, size):
        return self.pieces.pop(0) if self.pieces else b""


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"", b"a", b"\n", b"bc\n", b"\n\n", b"d"])))
def test_lines_are_the_same_however_they_are_read(pieces):
    whole = b"".join(pieces).split(b"\n")[:-1]
    assert list(Lines(Pieces(pieces))) == [line for line in whole if line]


def test_a_line_without_an_end_takes_no_memory(tmp_path):
    file = tmp_path / "audit.log"
    with file.open("wb") as stream:
        for _ in range(200):
            stream.write(b"x" * (LONGEST // 2))
        stream.write(b"\nnext\n")
    tracemalloc.start()
    with file.open("rb", buffering=0) as stream:
        found = list(Lines(stream))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [b"next"]
    assert most < 8 * LONGEST
