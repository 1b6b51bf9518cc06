"""The distribution protocol through the front, as clients use it."""

import re

import httpx
import pytest

from tests.integration.front.conftest import Front
from tests.support.images import (
    MANIFEST,
    digest_of,
    manifest_of,
    push_blob,
    push_image,
    put_manifest,
    start_upload,
)

pytestmark = pytest.mark.integration


def test_what_is_pushed_by_tag_is_pulled_by_tag_and_by_digest(front: Front) -> None:
    with front.instance.client("ci") as client:
        image = push_image(client, "protocol/app", "1.0", b"layer" * 1000)
        accept = {"Accept": MANIFEST}
        by_tag = client.get("/v2/protocol/app/manifests/1.0", headers=accept)
        by_digest = client.get(f"/v2/protocol/app/manifests/{image.digest}", headers=accept)
        head = client.head("/v2/protocol/app/manifests/1.0", headers=accept)
        assert by_tag.content == by_digest.content
        assert digest_of(by_tag.content) == image.digest
        assert head.headers["Docker-Content-Digest"] == image.digest
        assert client.get(f"/v2/protocol/app/blobs/{image.layer}").content == image.content
        assert client.get("/v2/protocol/app/tags/list").json() == {"name": "protocol/app", "tags": ["1.0"]}


def test_a_chunked_upload_in_several_parts_arrives_whole(front: Front) -> None:
    parts = [b"a" * 70_000, b"b" * 70_000, b"c"]
    with front.instance.client("ci") as client:
        location = start_upload(client, "protocol/chunks")
        start = 0
        for part in parts:
            end = start + len(part) - 1
            headers = {"Content-Range": f"{start}-{end}", "Content-Type": "application/octet-stream"}
            answer = client.patch(location, content=part, headers=headers)
            assert answer.status_code == 202, answer.text
            assert answer.headers["Range"] == f"0-{end}"
            location, start = answer.headers["Location"], end + 1
        digest = digest_of(b"".join(parts))
        assert client.put(f"{location}&digest={digest}").status_code == 201
        assert client.get(f"/v2/protocol/chunks/blobs/{digest}").content == b"".join(parts)


def test_a_streamed_upload_without_a_length_arrives_whole(front: Front) -> None:
    with front.instance.client("ci") as client:
        location = start_upload(client, "protocol/stream")
        answer = client.patch(location, content=(b"x" * 1000 for _ in range(50)))
        assert answer.status_code == 202, answer.text
        digest = digest_of(b"x" * 50_000)
        assert client.put(f"{answer.headers['Location']}&digest={digest}").status_code == 201


def test_an_upload_can_be_asked_about_and_cancelled(front: Front) -> None:
    with front.instance.client("ci") as client:
        location = start_upload(client, "protocol/cancel")
        assert client.get(location).status_code == 204
        assert client.delete(location).status_code == 204
        assert client.get(location).status_code == 404


def test_a_wrong_digest_is_refused(front: Front) -> None:
    with front.instance.client("ci") as client:
        location = start_upload(client, "protocol/wrong")
        answer = client.put(f"{location}&digest={digest_of(b'else')}", content=b"this")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "DIGEST_INVALID"


def test_uploads_are_continued_at_the_address_that_the_client_typed(front: Front) -> None:
    with front.instance.client("ci") as client:
        host = front.instance.plan.settings.host
        assert start_upload(client, "protocol/where").startswith(
            f"https://{host}/v2/protocol/where/blobs/uploads/"
        )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_blob_from_disk_has_the_registry_s_headers(front: Front, method: str) -> None:
    image = front.images["pub/app"]
    with front.instance.client("reader") as client:
        answer = client.request(method, f"/v2/pub/app/blobs/{image.layer}")
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(image.content))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Docker-Content-Digest"] == image.layer
    assert answer.headers["ETag"] == f'"{image.layer}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers.get_list("Docker-Distribution-Api-Version") == ["registry/2.0"]
    assert answer.content == (image.content if method == "GET" else b"")


def test_part_of_a_blob_can_be_had(front: Front) -> None:
    image = front.images["pub/app"]
    with front.instance.client("reader") as client:
        answer = client.get(f"/v2/pub/app/blobs/{image.layer}", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == image.content[10:20]
    assert answer.headers["Content-Range"] == f"bytes 10-19/{len(image.content)}"


def test_a_range_behind_the_end_is_416_in_the_protocol_s_words(front: Front) -> None:
    image = front.images["pub/app"]
    with front.instance.client("reader") as client:
        answer = client.get(f"/v2/pub/app/blobs/{image.layer}", headers={"Range": "bytes=99999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(image.content)}"
    assert answer.json()["errors"][0]["code"] == "SIZE_INVALID"


def test_an_unknown_blob_is_404_in_the_registry_s_words(front: Front) -> None:
    with front.instance.client("reader") as client:
        answer = client.get(f"/v2/pub/app/blobs/{digest_of(b'nowhere')}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "BLOB_UNKNOWN"


def test_a_blob_whose_data_is_gone_is_404_and_not_an_empty_answer(front: Front) -> None:
    with front.instance.client("ci") as client:
        digest = push_blob(client, "protocol/lost", b"soon to be lost")
        hexes = digest.removeprefix("sha256:")
        (data,) = front.instance.folder.glob(f"**/blobs/sha256/{hexes[:2]}/{hexes}/data")
        data.unlink()
        answer = client.get(f"/v2/protocol/lost/blobs/{digest}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "BLOB_UNKNOWN"


def test_an_admin_pages_through_the_catalog(front: Front) -> None:
    with front.instance.client("admin") as client:
        everything = client.get("/v2/_catalog?n=1000").json()["repositories"]
        assert {"open/app", "pub/app", "secret/app", "team/app"} <= set(everything)
        first = client.get("/v2/_catalog?n=2")
        assert first.json()["repositories"] == everything[:2]
        following = re.fullmatch(r'<(.+)>; rel="next"', first.headers["Link"])
        assert following
        rest = client.get(following[1])
        assert rest.json()["repositories"] == everything[2:4]


def test_every_tag_is_listed(front: Front) -> None:
    with front.instance.client("ci") as client:
        config, layer = b"{}", b"tags"
        for content in (config, layer):
            push_blob(client, "protocol/tags", content)
        for tag in ("a", "b", "c"):
            put_manifest(client, "protocol/tags", tag, manifest_of(config, layer))
        assert sorted(client.get("/v2/protocol/tags/tags/list").json()["tags"]) == ["a", "b", "c"]


def test_a_deleted_manifest_and_a_deleted_blob_are_gone_at_once(front: Front) -> None:
    with front.instance.client("admin") as client:
        image = push_image(client, "protocol/gone", "1", b"gone")
        assert client.delete(f"/v2/protocol/gone/manifests/{image.digest}").status_code == 202
        assert client.get("/v2/protocol/gone/manifests/1").status_code == 404
        assert client.get(f"/v2/protocol/gone/blobs/{image.layer}").status_code == 200
        assert client.delete(f"/v2/protocol/gone/blobs/{image.layer}").status_code == 202
        assert client.get(f"/v2/protocol/gone/blobs/{image.layer}").status_code == 404


def test_the_health_page_is_open_and_tells_nothing(front: Front) -> None:
    with front.instance.client() as client:
        answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.content in (b"", b"{}")


def test_a_browser_s_address_below_the_root_is_404_in_json(front: Front) -> None:
    with front.instance.client() as client:
        answer: httpx.Response = client.get("/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["errors"][0]["code"] == "NAME_UNKNOWN"
