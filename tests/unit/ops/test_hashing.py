"""Reading blobs: how fast, in which order, and what is found."""

import hashlib
import os
import random
import time
from pathlib import Path

import pytest
from dockyard.ops import hashing
from dockyard.ops.hashing import BAD, GONE, GOOD, ODD, Budget, batch, judge, walk

RATE = 100 << 20


class Clock:
    """Time goes on where somebody sleeps, or is told to."""

    def __init__(self):
        self.now = 500.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def put(tree: Path, content: bytes, digest: str = "") -> str:
    digest = digest or f"sha256:{hashlib.sha256(content).hexdigest()}"
    value = digest.partition(":")[2]
    file = tree / "blobs/sha256" / value[:2] / value / "data"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return digest


def data(tree: Path, digest: str) -> Path:
    value = digest.partition(":")[2]
    return tree / "blobs/sha256" / value[:2] / value / "data"


@pytest.mark.parametrize("seed", range(5))
def test_over_any_time_no_more_is_read_than_the_budget_allows(seed):
    """Also after the disk was slow, or the machine was asleep: nothing is caught up on."""
    chance, clock, rate = random.Random(seed), Clock(), 1000
    budget = Budget(rate, clock, clock.sleep)
    read = []
    for _ in range(300):
        clock.now += chance.choice([0.0, 0.0, 0.1, 5.0, 900.0])
        read.append((clock.now, count := chance.randint(1, budget.chunk)))
        budget.spend(count)
    for first in range(0, len(read), 7):
        total = 0
        for at, count in read[first:]:
            total += count
            assert total <= rate * (at - read[first][0]) + 2 * budget.chunk + 1e-6


def test_a_disk_that_is_fast_enough_is_read_at_the_whole_rate():
    clock = Clock()
    budget = Budget(1000, clock, clock.sleep)
    for _ in range(100):
        clock.now += 0.05
        budget.spend(100)
    assert clock.now - 500.0 == pytest.approx(10.0)


def test_a_small_rate_reads_small_chunks():
    assert Budget(10).chunk == 10
    assert Budget(RATE).chunk == hashing.CHUNK


def test_a_blob_is_what_its_bytes_are(tmp_path):
    digest, empty = put(tmp_path, b"x" * 3_000_000), put(tmp_path, b"")
    assert judge(data(tmp_path, digest), digest) == (GOOD, "", 3_000_000)
    assert judge(data(tmp_path, empty), empty).kind == GOOD
    data(tmp_path, digest).write_bytes(b"y" * 10)
    assert judge(data(tmp_path, digest), digest)[:2] == (BAD, "has other bytes (10 of them)")
    data(tmp_path, digest).write_bytes(b"")
    assert judge(data(tmp_path, digest), digest)[:2] == (BAD, "is empty")
    data(tmp_path, digest).unlink()
    assert judge(data(tmp_path, digest), digest).kind == GONE


def test_what_is_no_file_is_odd_and_holds_nothing_up(tmp_path):
    place, target = tmp_path / "data", tmp_path / "target"
    target.write_bytes(b"x")
    digest = f"sha256:{hashlib.sha256(b'x').hexdigest()}"
    place.symlink_to(target)
    assert judge(place, digest).kind == ODD
    place.unlink()
    place.mkdir()
    assert judge(place, digest) == (ODD, "is no file", 0)
    place.rmdir()
    os.mkfifo(place)
    assert judge(place, digest) == (ODD, "is no file", 0)


def test_a_sector_that_cannot_be_read_makes_a_blob_bad_and_other_errors_are_told(tmp_path, monkeypatch):
    digest = put(tmp_path, b"x")
    for number, is_bad in ((5, True), (12, False)):
        error = OSError(number, os.strerror(number))
        monkeypatch.setattr(hashing, "_hashed", lambda *_, error=error: (_ for _ in ()).throw(error))
        if is_bad:
            assert judge(data(tmp_path, digest), digest)[:2] == (BAD, "cannot be read: Input/output error")
        else:
            with pytest.raises(OSError, match=r"\[Errno 12\]"):
                judge(data(tmp_path, digest), digest)


def test_batches_go_through_every_blob_once_in_order_wherever_they_stop(tmp_path):
    digests = [put(tmp_path, str(number).encode()) for number in range(600)]
    cursor, seen, done = [], [], False
    while not done:
        found = batch(tmp_path, cursor, RATE, 0.0)
        assert found["blobs"] == 1
        cursor, done = found["cursor"], found["done"]
        seen.append(f"{cursor[0]}:{cursor[2]}")
        assert len(seen) <= len(digests)
        if not list(walk(tmp_path, cursor)):
            done = True
    assert seen == sorted(digests)
    assert batch(tmp_path, [], RATE, 3600.0)["blobs"] == len(digests)


def test_a_blob_that_goes_meanwhile_is_no_fault_and_one_that_comes_is_read(tmp_path):
    digests = sorted(put(tmp_path, str(number).encode()) for number in range(20))
    data(tmp_path, digests[3]).unlink()
    found = batch(tmp_path, [], RATE, 3600.0)
    assert (found["blobs"], found["bad"], found["odd"]) == (19, {}, [])


def test_hostile_names_are_told_and_neither_followed_nor_printed_raw(tmp_path):
    put(tmp_path, b"right")
    blobs = tmp_path / "blobs"
    (blobs / "sha256/zz/\x1b[2Jboo\n").mkdir(parents=True)
    (blobs / "sha256/ab" / ("cd" * 32)).mkdir(parents=True)
    os.makedirs(os.fsencode(blobs) + b"/md5/\xff/\xfe")
    (blobs / "sha256/elsewhere").symlink_to("/")
    (blobs / "sha256/aa!").mkdir()
    found = batch(tmp_path, [], RATE, 3600.0)
    assert (found["blobs"], len(found["stray"]), found["done"]) == (1, 3, True)
    assert all(text.isascii() and text.isprintable() for text in found["stray"])
    assert batch(tmp_path, found["cursor"], RATE, 3600.0)["stray"] == []


def test_a_scrub_takes_no_memory_from_what_is_pulled(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(
        os, "posix_fadvise", lambda _, start, length, advice: told.append((start, length, advice))
    )
    digest = put(tmp_path, b"x" * (hashing.CHUNK + 5))
    judge(data(tmp_path, digest), digest)
    kinds = {advice for _, _, advice in told}
    assert kinds == {os.POSIX_FADV_DONTNEED}
    assert told[1:] == [
        (0, hashing.CHUNK, os.POSIX_FADV_DONTNEED),
        (hashing.CHUNK, 5, os.POSIX_FADV_DONTNEED),
    ]


def test_the_budget_is_kept_while_blobs_are_read(tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    for number in range(10):
        put(tmp_path, bytes([number]) * 1000)
    monkeypatch.setattr(hashing, "Budget", lambda rate: Budget(rate, clock, clock.sleep))
    batch(tmp_path, [], 500, 3600.0)
    assert clock.now - 500.0 == pytest.approx(20.0, abs=1.1)
