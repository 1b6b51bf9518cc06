"""Garbage collection beside a registry that is in use."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.images import Image, digest_of, manifest_of, push_blob, push_image, put_manifest
from tests.support.instance import wait_until
from tests.support.operations import Registry, manifest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PUSHERS, PUSHES = 8, 10
INDEX = "application/vnd.oci.image.index.v1+json"


def layer(seed: int, size: int = 20_000) -> bytes:
    return random.Random(seed).randbytes(size)


def delete(registry: Registry, image: Image) -> None:
    with registry.instance.client("admin") as client:
        answer = client.delete(f"/v2/{image.repository}/manifests/{image.digest}")
        assert answer.status_code == 202, answer.text


def switch(registry: Registry) -> Path:
    return Path(registry.instance.plan.paths.read_only)


def test_what_was_deleted_goes_and_the_rest_can_be_pulled(live: Registry) -> None:
    """The same layer is pushed again afterwards: a registry that remembered it would answer that it has it."""
    gone, kept = live.push("team/app", "1", layer(1)), live.push("team/app", "2", layer(2))
    live.done("backup")
    delete(live, gone)
    foreseen = live.done("gc", "--dry-run")
    assert live.blob(gone.layer).exists()
    found = live.done("gc")
    assert (found["blobs_freed"], found["bytes_freed"]) == (
        foreseen["blobs_freed"],
        foreseen["bytes_freed"],
    )
    assert (found["blobs_freed"], found["tags"], found["broken"]) == (2, 1, [])
    assert found["bytes_freed"] > len(gone.content)
    assert not live.blob(gone.layer).exists()
    assert live.pulls(kept)
    assert not switch(live).exists()
    assert live.done("gc")["blobs_freed"] == 0
    assert live.pulls(live.push("team/other", "1", layer(1)))


def test_manifests_without_a_tag_stay_children_of_indexes_and_signatures_among_them(live: Registry) -> None:
    child = live.push("team/app", "child", layer(1))
    descriptor = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": child.digest}
    text = (live.blob(child.digest)).read_bytes()
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{**descriptor, "size": len(text)}]}
    with live.instance.client("ci") as client:
        body = json.dumps(index).encode()
        answer = client.put("/v2/team/app/manifests/multi", content=body, headers={"Content-Type": INDEX})
        assert answer.status_code == 201, answer.text
        push_image(client, "team/app", "child", layer(2))
    live.done("backup")
    assert live.done("gc")["blobs_freed"] == 0
    by_digest = Image("team/app", child.digest, child.digest, child.layer, child.content)
    assert live.pulls(by_digest)


def test_layers_of_a_push_that_has_not_ended_stay(live: Registry) -> None:
    live.push("team/app", "1", layer(1))
    live.done("backup")
    config = b"{}"
    with live.instance.client("ci") as client:
        for content in (config, layer(2)):
            push_blob(client, "team/app", content)
        assert live.done("gc", "--dry-run")["blobs_waiting"] == 2
        assert live.done("gc")["blobs_freed"] == 0
        body = manifest_of(config, layer(2))
        assert put_manifest(client, "team/app", "2", body).status_code == 201
    assert live.pulls(Image("team/app", "2", digest_of(body), digest_of(layer(2)), layer(2)))


def test_nothing_is_collected_without_a_backup_or_with_a_broken_link(live: Registry) -> None:
    gone, other = live.push("team/app", "1", layer(1)), live.push("team/other", "1", layer(2))
    delete(live, gone)
    assert "there is no backup yet" in live.run("gc").error
    live.done("backup")
    link = live.tree / f"repositories/team/other/_manifests/revisions/{other.digest.replace(':', '/')}/link"
    link.write_text("")
    refused = live.run("gc")
    assert (refused.code, f"{link.relative_to(live.tree)}: is no link" in refused.error) == (1, True)
    assert live.blob(gone.layer).exists()
    assert live.run("gc", "--force").code == 1
    assert live.blob(gone.layer).exists()
    assert not switch(live).exists()


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_collection_lets_writes_in_again_and_the_next_one_finishes(
    live: Registry, seed: int
) -> None:
    gone = [live.push(f"team/old{n}", "1", layer(n)) for n in range(5)]
    kept = [live.push(f"team/app{n}", "1", layer(100 + n)) for n in range(5)]
    live.done("backup")
    for image in gone:
        delete(live, image)
    process = live.start("gc")
    if seed:
        wait_until(lambda: switch(live).exists() or process.poll() is not None, "writes to be refused")
    time.sleep(random.Random(seed).uniform(0.0, 1.5))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not switch(live).exists(), "writes to be let in again")
    kept.append(live.push("team/new", "1", layer(200)))
    assert [image for image in kept if not live.pulls(image)] == []
    assert live.done("gc")["broken"] == []
    assert [image for image in gone if live.blob(image.layer).exists()] == []
    assert [image for image in kept if not live.pulls(image)] == []
    assert sorted(path.name for path in live.tree.parents[2].iterdir()) == ["docker"]


def test_pushes_by_many_backups_and_collections_at_once_lose_nothing(live: Registry) -> None:
    """A push that is refused meanwhile succeeds when it is repeated; no pull fails."""
    first = live.push("team/first", "1", layer(1))
    live.done("backup")
    pushed: list[Image] = []
    refused: list[int] = []
    failures: list[str] = []
    pushers = [
        threading.Thread(target=keep_pushing, args=(live, n, pushed, refused, failures))
        for n in range(PUSHERS)
    ]
    with pulling(live, first, failures):
        for thread in pushers:
            thread.start()
        rounds = 0
        while any(thread.is_alive() for thread in pushers) or rounds < 2:
            assert live.done("gc")["broken"] == []
            live.done("backup")
            rounds += 1
            assert rounds < 100
        for thread in pushers:
            thread.join()
    assert failures == []
    assert refused, "no push met a collection: this test has shown nothing"
    assert len(pushed) == PUSHERS * PUSHES
    assert [image for image in pushed if not live.pulls(image)] == []
    live.done("backup")
    found = live.done("drill")
    assert (found["broken"], found["tags"]) == ([], len(pushed) + 1)


def keep_pushing(
    live: Registry, number: int, pushed: list[Image], refused: list[int], failures: list[str]
) -> None:
    """Each request that is refused is repeated alone, as clients do.

    Into a repository of its own: registry:2 writes a link in two steps, so of two pushes that bring the same layer to one repository
    at once, one may be answered 400, with and without a collection.
    """
    waited = httpx.Client.send

    def send(client: httpx.Client, request: httpx.Request, **options: object) -> httpx.Response:
        for _ in range(600):
            answer = waited(client, request, **options)  # type: ignore[arg-type]
            if answer.status_code != 503:
                return answer
            refused.append(number)
            assert "Retry-After" in answer.headers
            time.sleep(0.1)
        return answer

    with live.instance.client("ci") as client:
        client.send = send.__get__(client)  # type: ignore[method-assign]
        for count in range(PUSHES):
            try:
                pushed.append(
                    push_image(client, f"team/app{number}", f"{number}-{count}", layer(number * 100 + count))
                )
            except AssertionError as error:
                failures.append(f"push {number}-{count}: {error}")
            time.sleep(0.3)


@contextmanager
def pulling(live: Registry, image: Image, failures: list[str]) -> Iterator[None]:
    stop = threading.Event()

    def pull() -> None:
        with live.instance.client("ci") as client:
            while not stop.is_set():
                blob = client.get(f"/v2/{image.repository}/blobs/{image.layer}")
                statuses = (manifest(client, image).status_code, blob.status_code)
                if statuses != (200, 200) or blob.content != image.content:
                    failures.append(f"pull: {statuses}")
                time.sleep(0.01)

    thread = threading.Thread(target=pull)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
