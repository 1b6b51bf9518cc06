"""What is taken away, what is not, and what is put in place."""

import hashlib
import os
import time
from types import SimpleNamespace

import pytest
from dockyard.ops import quarantine
from dockyard.ops.examine import blob_path

CONTENT = b"what the blob should be"
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
OLD = 3600


@pytest.fixture
def store(tmp_path):
    settings = SimpleNamespace(store=tmp_path, tree=tmp_path / "docker/registry/v2")
    blob_path(settings.tree, DIGEST).parent.mkdir(parents=True)
    (settings.tree / "blobs").chmod(0o750)
    return settings


def write(store, content, age=OLD):
    file = blob_path(store.tree, DIGEST)
    file.write_bytes(content)
    os.utime(file, (time.time() - age, time.time() - age))
    return file


def away(store):
    folder = store.store / quarantine.ASIDE
    return sorted(os.listdir(folder)) if folder.exists() else None


def test_a_manifest_that_is_being_written_is_waited_for_and_stays(store, monkeypatch):
    """registry:2 writes it in place."""
    file = write(store, CONTENT[:5], age=0)
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        file.write_bytes(CONTENT)

    monkeypatch.setattr(time, "sleep", sleep)
    assert quarantine.look(store, DIGEST, take=True)["kind"] == "good"
    assert 0 < waited[0] <= quarantine.SETTLED
    assert (file.read_bytes(), away(store)) == (CONTENT, None)


def test_what_was_written_to_the_end_only_after_it_was_taken_away_goes_back(store, monkeypatch):
    file = write(store, CONTENT[:5])
    rename = os.rename

    def late(source, target):
        file.write_bytes(CONTENT)
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", late)
        assert quarantine.look(store, DIGEST, take=True)["kind"] == "good"
    assert (file.read_bytes(), file.stat().st_mode & 0o777, away(store)) == (CONTENT, 0o640, None)


def test_what_a_killed_run_has_taken_away_is_bad_or_goes_back(store):
    write(store, b"rotten")
    assert quarantine.look(store, DIGEST, take=True)["why"] == "has other bytes (6 of them)"
    assert away(store) == [DIGEST]
    assert quarantine.look(store, DIGEST, take=False) == {"kind": "bad", "why": "is in quarantine"}
    assert quarantine.look(store, DIGEST, take=True)["kind"] == "bad"
    (store.store / quarantine.ASIDE / DIGEST).write_bytes(CONTENT)
    assert quarantine.look(store, DIGEST, take=True)["kind"] == "good"
    assert (blob_path(store.tree, DIGEST).read_bytes(), away(store)) == (CONTENT, None)


def test_only_looking_takes_nothing(store):
    file = write(store, b"rotten")
    assert quarantine.look(store, DIGEST, take=False)["kind"] == "bad"
    assert (file.read_bytes(), away(store)) == (b"rotten", None)


@pytest.mark.parametrize(
    ("given", "same"), [(CONTENT, True), (b"others", False), (b"", False), (CONTENT[:-1], False)]
)
def test_only_the_right_bytes_are_put_in_place(store, given, same):
    """Also over what a killed run has left."""
    write(store, b"rotten")
    quarantine.look(store, DIGEST, take=True)
    (store.store / quarantine.ASIDE / quarantine.NEW).write_bytes(b"half")
    reading, writing = os.pipe()
    os.write(writing, given)
    os.close(writing)
    assert quarantine.fill(store, DIGEST, reading) == {"same": same}
    os.close(reading)
    file = blob_path(store.tree, DIGEST)
    assert file.exists() == same
    assert away(store) == (None if same else [DIGEST])
    assert not same or (file.read_bytes(), file.stat().st_mode & 0o777) == (CONTENT, 0o640)


def test_what_is_needed_stays_in_quarantine_with_what_is_somebody_elses(store):
    write(store, b"rotten")
    quarantine.look(store, DIGEST, take=True)
    folder = store.store / quarantine.ASIDE
    for name in (quarantine.NEW, "note.txt", f"sha256:{'0' * 64}"):
        (folder / name).write_text("x")
    quarantine.tidy(store, {DIGEST})
    assert away(store) == sorted([DIGEST, "note.txt"])
    write(store, CONTENT)
    quarantine.tidy(store, {DIGEST})
    assert away(store) == ["note.txt"]
    (folder / "note.txt").unlink()
    quarantine.tidy(store, {DIGEST})
    assert away(store) is None
