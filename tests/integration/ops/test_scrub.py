"""Scrubbing a registry that is in use: what is wrong is found, and made right."""

import json
import os
import random
import signal
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dockyard.ops import results
from dockyard.ops.lock import locked

from tests.support.images import Image, digest_of, push_image
from tests.support.instance import wait_until
from tests.support.operations import Outcome, Registry

pytestmark = pytest.mark.integration
OLD = 3600
KEPT = ".dockyard-quarantine"


def layer(seed: int, size: int = 20_000) -> bytes:
    return random.Random(seed).randbytes(size)


def corrupt(registry: Registry, digest: str, content: bytes | None = None) -> None:
    """Other bytes, by default one flipped, as a disk does it: the file's time stays, an hour ago."""
    file = registry.blob(digest)
    before = file.read_bytes()
    flipped = before[:100] + bytes([before[100] ^ 1]) + before[101:]
    file.write_bytes(flipped if content is None else content)
    age(file)


def age(file: Path) -> None:
    os.utime(file, (time.time() - OLD, time.time() - OLD))


def scrub(registry: Registry, *options: str) -> Outcome:
    return registry.run("scrub", "--whole", *options)


def clean(registry: Registry) -> Outcome:
    found = scrub(registry)
    assert (found.code, found.result["broken"], found.result["healed"]) == (0, [], []), found
    return found


def remembered(registry: Registry) -> dict[str, object]:
    found: dict[str, object] = json.loads((registry.state / "scrub.json").read_text())
    return found


def kept(registry: Registry) -> list[str]:
    folder = registry.tree.parents[2] / KEPT
    return sorted(os.listdir(folder)) if folder.exists() else []


def round_of(registry: Registry) -> dict[str, Any]:
    """How far a scrub that has not ended has come; nothing before its first batch."""
    return results.last(registry.state, "scrub").get("round") or {}


def come_to(registry: Registry) -> str:
    """The last blob that it has read."""
    algorithm, _, value = round_of(registry).get("cursor") or ("", "", "")
    return f"{algorithm}:{value}"


def mends(registry: Registry) -> bool:
    """Whether a bad blob has been taken away; it may be back already."""
    return bool(kept(registry) or round_of(registry).get("healed"))


def wrong(registry: Registry, images: list[Image]) -> list[str]:
    """Blobs of the images that are not what they should be."""
    digests = [digest for image in images for digest in (image.digest, image.layer)]
    return [digest for digest in digests if digest_of(registry.blob(digest).read_bytes()) != digest]


@contextmanager
def slow(registry: Registry, rate: int) -> Iterator[None]:
    """A scrub that begins meanwhile reads so few bytes a second."""
    file = registry.etc / "config.json"
    before = file.read_text()
    file.write_text(json.dumps({**json.loads(before), "scrub_rate": rate}))
    yield
    file.write_text(before)


def test_a_flipped_byte_is_found_and_healed_from_the_backup(live: Registry) -> None:
    image, other = live.push("team/app", "1", layer(1)), live.push("team/app", "2", layer(2))
    live.done("backup")
    clean(live)
    before = live.blob(image.layer).stat()
    corrupt(live, image.layer)
    assert not live.pulls(image)
    foreseen = scrub(live, "--dry-run")
    assert (foreseen.code, len(foreseen.result["broken"])) == (1, 1)
    assert "has other bytes" in foreseen.result["broken"][0]
    assert "team/app:1" in foreseen.result["broken"][0]
    assert not live.pulls(image)
    found = scrub(live)
    assert (found.code, found.result["broken"]) == (0, [])
    assert [text.split()[0] for text in found.result["healed"]] == [f"{image.layer}:"]
    assert [image for image in (image, other) if not live.pulls(image)] == []
    after = live.blob(image.layer).stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert kept(live) == []
    assert remembered(live)["succeeded"]
    clean(live)


def test_without_a_backup_the_pull_says_so_and_a_push_heals(live: Registry) -> None:
    image = live.push("team/app", "1", layer(1))
    live.push("team/app", "2", layer(2))
    corrupt(live, image.layer)
    live.push("team/app", "1", layer(1))
    assert not live.pulls(image), "a push has healed it: the scrub need not take it away"
    found = scrub(live)
    assert found.code == 1
    assert found.result["broken"] == [
        f"{image.layer} has other bytes (20000 of them); not healed: there is no backup repository yet;"
        " needed by team/app:1"
    ]
    assert str(remembered(live)["error"]).startswith(f"broken: {image.layer}")
    assert kept(live) == [image.layer]
    file = live.tree.parents[2] / KEPT / image.layer
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with live.instance.client("ci") as client:
        answer = client.get(f"/v2/team/app/blobs/{image.layer}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "BLOB_UNKNOWN")
        assert client.head(f"/v2/team/app/blobs/{image.layer}").status_code == 404
    assert scrub(live).code == 1
    live.push("team/app", "1", layer(1))
    assert live.pulls(image)
    clean(live)
    assert kept(live) == []


def test_truncated_and_missing_blobs_and_manifests_are_healed(registry: Registry) -> None:
    """A manifest that is missing hides that its layers are."""
    images = [registry.write(f"team/app{number}", "1", layer(number)) for number in range(3)]
    registry.done("backup")
    corrupt(registry, images[0].layer, b"")
    corrupt(registry, images[1].digest, b"{}")
    registry.blob(images[2].digest).unlink()
    registry.blob(images[2].layer).unlink()
    broken = scrub(registry, "--dry-run").result["broken"]
    for image, why in zip(images, ("is empty", "has other bytes", "is missing"), strict=True):
        digest = image.digest if image in images[1:] else image.layer
        assert [text for text in broken if f"{digest} {why}" in text and f"{image.repository}:1" in text]
    found = scrub(registry)
    assert (found.code, found.result["broken"], len(found.result["healed"])) == (0, [], 4)
    assert wrong(registry, images) == []
    clean(registry)


def test_what_the_last_snapshot_holds_wrong_is_taken_from_an_earlier_one(registry: Registry) -> None:
    image = registry.write("team/app", "1", layer(1))
    registry.done("backup")
    first = json.loads(registry.restic("snapshots", "--json"))[0]["short_id"]
    corrupt(registry, image.layer, b"rotten before the last backup")
    paths = (str(registry.state / "links.jsonl"), str(registry.tree / "blobs"))
    registry.restic("backup", "-q", "--tag=dockyard", "--host=test", *paths)
    [healed] = scrub(registry).result["healed"]
    assert f"healed from snapshot {first} of " in healed
    assert wrong(registry, [image]) == []
    late = registry.write("team/late", "1", layer(2))
    corrupt(registry, late.layer)
    [broken] = scrub(registry).result["broken"]
    assert "not healed: it is in none of the 2 latest snapshots; needed by team/late:1" in broken


def test_a_link_that_is_no_digest_is_named_and_left_and_what_no_image_needs_goes(registry: Registry) -> None:
    image = registry.write("team/app", "1", layer(1))
    loose = layer(9)
    registry.write_blob(loose)
    corrupt(registry, digest_of(loose))
    link = registry.tree / f"repositories/team/app/_layers/{image.layer.replace(':', '/')}/link"
    link.write_text("sha")
    found = scrub(registry)
    assert found.code == 1
    told = f"{link.relative_to(registry.tree)}: is no link, but 3 bytes"
    assert any(told in text for text in found.result["broken"])
    assert not any(digest_of(loose) in text for text in found.result["broken"])
    assert link.read_text() == "sha"
    assert not registry.blob(digest_of(loose)).exists()
    assert kept(registry) == []


def test_a_killed_scrub_is_continued_and_loses_nothing(registry: Registry) -> None:
    """Killed while it reads, or between two steps of mending: what is bad is found before half of it is read."""
    images = [registry.write(f"team/app{number}", "1", layer(number)) for number in range(8)]
    early = sorted(images, key=lambda image: image.layer)[:4]
    registry.done("backup")
    for seed in range(3):
        chance = random.Random(seed)
        corrupt(registry, chance.choice(early).layer, chance.choice([None, b""]))
        with slow(registry, 15_000):
            process = registry.start("scrub", "--whole")
            wait_until(lambda seed=seed: seed == 0 or mends(registry), "a bad blob to be taken away")
            time.sleep(chance.uniform(0.0, 0.6))
            assert process.poll() is None, "it has ended before: this test has shown nothing"
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        found = scrub(registry)
        assert (found.code, found.result["broken"]) == (0, [])
        assert wrong(registry, images) == []
        assert kept(registry) == []


def test_a_run_goes_on_where_the_last_one_was_stopped(registry: Registry) -> None:
    images = [registry.write(f"team/app{number}", "1", layer(number)) for number in range(12)]
    read, last = (choose(image.layer for image in images) for choose in (min, max))
    with slow(registry, 20_000):
        process = registry.start("scrub", "--whole")
        wait_until(lambda: come_to(registry) > read, "the first of the layers to be behind it")
        process.terminate()
        process.communicate()
    assert read < come_to(registry) < last
    corrupt(registry, read)
    found = scrub(registry)
    assert (found.code, found.result["blobs"], found.result["healed"]) == (0, 36, [])
    assert remembered(registry)["round"] is None
    assert scrub(registry).code == 1


def test_what_is_bad_is_left_until_another_operation_has_ended(registry: Registry) -> None:
    image = registry.write("team/app", "1", layer(1))
    registry.done("backup")
    corrupt(registry, image.layer)
    with locked(registry.state, "a long backup"):
        process = registry.start("scrub", "--whole")
        assert process.stdout
        assert "bad blobs that wait: 1; busy: a long backup" in process.stdout.readline()
        assert registry.blob(image.layer).exists()
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    assert wrong(registry, [image]) == []


def test_pushes_a_backup_and_a_collection_go_on_meanwhile(live: Registry) -> None:
    """No push, however fresh, is called bad; what the collection removes is not missed."""
    first, gone = live.push("team/first", "1", layer(1, 200_000)), live.push("team/gone", "1", layer(2))
    live.done("backup")
    with live.instance.client("admin") as client:
        assert client.delete(f"/v2/team/gone/manifests/{gone.digest}").status_code == 202
    pushed: list[Image] = []
    failures: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=keep_pushing, args=(live, pushed, failures, stop))
    with slow(live, 1_000):
        process = live.start("scrub", "--whole")
        thread.start()
        try:
            live.done("backup")
            assert live.done("gc")["blobs_freed"]
            assert process.poll() is None, "the scrub has ended before: this test has shown nothing"
            process.terminate()
            process.communicate()
        finally:
            stop_later = threading.Timer(1.5, stop.set)
            stop_later.start()
    for _ in range(2):
        clean(live)
    thread.join()
    stop_later.join()
    assert failures == []
    assert pushed
    assert [image for image in (first, *pushed) if not live.pulls(image)] == []
    clean(live)


def keep_pushing(live: Registry, pushed: list[Image], failures: list[str], stop: threading.Event) -> None:
    """A push that is refused during the collection is let be."""
    with live.instance.client("ci") as client:
        for number in range(400):
            if stop.is_set():
                return
            try:
                pushed.append(push_image(client, "team/app", str(number), layer(1000 + number, 2_000)))
            except AssertionError as error:
                if "UNAVAILABLE" not in str(error):
                    failures.append(str(error))
                time.sleep(0.1)
