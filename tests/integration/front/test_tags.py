"""Tags that cannot be moved, and tags that nobody may push, at the real front."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.images import Image, digest_of, manifest_of, push_blob, push_image, put_manifest
from tests.support.instance import SETTINGS, Instance, needs_servers, running

pytestmark = [pytest.mark.integration, needs_servers]
CONFIG, RACERS = b"{}", 12
RULES = {
    "tag_rules": {
        "immutable_in": ["prod/**"],
        "forbidden": ["latest"],
        "forbidden_in": ["prod/**", "team/*"],
    },
    "repositories": {"prod/moving": {"immutable_tags": False}},
}


@pytest.fixture(scope="module")
def front() -> Iterator[Instance]:
    with running({**SETTINGS, **RULES}) as instance:
        yield instance


def put(client: httpx.Client, repository: str, tag: str, layer: bytes) -> httpx.Response:
    """Pushes what the manifest needs, then the manifest."""
    for content in (CONFIG, layer):
        push_blob(client, repository, content)
    return put_manifest(client, repository, tag, manifest_of(CONFIG, layer))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_tag_that_is_there_cannot_be_moved_and_others_can(front: Instance) -> None:
    with front.client("ci") as client:
        first = push_image(client, "prod/api", "1", b"first")
        moved = put(client, "prod/api", "1", b"second")
        assert code(moved) == (409, "DENIED")
        assert "cannot be moved" in moved.json()["errors"][0]["message"]
        assert pulled(client, first) == first.digest
        assert put(client, "prod/api", "2", b"second").status_code == 201
        by_digest = manifest_of(CONFIG, b"second")
        assert put_manifest(client, "prod/api", digest_of(by_digest), by_digest).status_code == 201
        for repository in ("prod/moving", "other/api"):
            push_image(client, repository, "1", b"first")
            assert put(client, repository, "1", b"second").status_code == 201


def test_a_tag_may_be_deleted_by_whoever_may_delete_and_then_pushed(front: Instance) -> None:
    with front.client("ci") as client, front.client("admin") as admin:
        image = push_image(client, "prod/deleted", "1", b"first")
        assert admin.delete(f"/v2/prod/deleted/manifests/{image.digest}").status_code == 202
        assert put(client, "prod/deleted", "1", b"second").status_code == 201


def test_nobody_may_push_a_forbidden_tag_but_it_can_be_pulled(front: Instance) -> None:
    with front.client("admin") as client:
        refused = put(client, "team/app", "latest", b"first")
        assert code(refused) == (422, "TAG_INVALID")
        assert put(client, "team/app", "latest1", b"first").status_code == 201
        image = push_image(client, "other/app", "latest", b"first")
        assert pulled(client, image) == image.digest
        assert client.get("/v2/team/app/manifests/latest").status_code == 404


def test_strangers_learn_nothing_of_the_tags(front: Instance) -> None:
    with front.client("ci") as client:
        push_image(client, "prod/secret", "1", b"first")
    body = manifest_of(CONFIG, b"x")
    for tag in ("1", "2", "latest"):
        with front.client() as nobody, front.client("reader") as reader:
            assert put_manifest(nobody, "prod/secret", tag, body).status_code == 401
            assert put_manifest(reader, "prod/secret", tag, body).status_code == 403


def test_strangers_who_push_all_the_time_hold_up_nobody(front: Instance) -> None:
    """One push of a tag is at work at a time; theirs are none."""
    body, ended = manifest_of(CONFIG, b"theirs"), threading.Event()
    refused: set[int] = set()

    def push(user: str | None) -> None:
        with front.client(user) as client:
            while not ended.is_set():
                refused.add(put_manifest(client, "prod/held", "1", body).status_code)

    with front.client("ci") as client, ThreadPoolExecutor() as pool:
        for user in (None, "reader", "reader"):
            pool.submit(push, user)
        try:
            answers = {put(client, "prod/held", "1", b"ours").status_code for _ in range(30)}
        finally:
            ended.set()
    assert answers == {201, 409}
    assert refused == {401, 403}


def test_of_many_pushes_of_one_new_tag_exactly_one_is_taken(front: Instance) -> None:
    for attempt in range(5):
        statuses = race(front, f"prod/race{attempt}")
        assert statuses.count(201) == 1, statuses
        assert set(statuses) <= {201, 409, 429}


def race(front: Instance, repository: str) -> list[int]:
    statuses: list[int] = []
    ready = threading.Barrier(RACERS)

    def push(number: int) -> None:
        layer = f"layer {number}".encode()
        with front.client("ci") as client:
            for content in (CONFIG, layer):
                push_blob(client, repository, content)
            body = manifest_of(CONFIG, layer)
            ready.wait(60)
            statuses.append(put_manifest(client, repository, "1", body).status_code)

    racers = [threading.Thread(target=push, args=(number,)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return statuses


def pulled(client: httpx.Client, image: Image) -> str:
    answer = client.get(
        f"/v2/{image.repository}/manifests/{image.tag}",
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    return answer.headers["Docker-Content-Digest"]
