"""The operations with each version of the registry: what differs between them must not be seen in what comes out."""

import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.ops.conftest import NEEDED, PASSWORDS
from tests.support.images import MANIFEST, put_manifest, start_upload
from tests.support.instance import running
from tests.support.operations import SETTINGS, Registry, manifest
from tests.support.registry3 import registry3

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]


@pytest.fixture(params=["2", "3"])
def each(request: pytest.FixtureRequest) -> Iterator[Registry]:
    """Running, by each version."""
    if NEEDED:
        pytest.skip(f"not installed: {', '.join(NEEDED)}")
    wanted = {"version": "3", "program": str(registry3())} if request.param == "3" else {}
    with running({**SETTINGS, **wanted}, PASSWORDS) as instance:
        yield Registry(instance)


def sha512(content: bytes) -> str:
    return f"sha512:{hashlib.sha512(content).hexdigest()}"


def push_by_sha512(client: httpx.Client, layer: bytes) -> str:
    """An image that names its parts by sha512; the registry stores them by sha256. Gives its manifest's digest."""
    parts = []
    for kind, content in (("config.v1+json", b"{}"), ("layer.v1.tar", layer)):
        location = start_upload(client, "team/long")
        headers = {"Content-Type": "application/octet-stream"}
        answer = client.put(f"{location}&digest={sha512(content)}", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        media = f"application/vnd.oci.image.{kind}"
        parts.append({"mediaType": media, "digest": sha512(content), "size": len(content)})
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:]}
    answer = put_manifest(client, "team/long", "v1", json.dumps(document).encode())
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Docker-Content-Digest"])


def test_a_collection_keeps_what_is_named_by_sha512_and_frees_the_rest(each: Registry) -> None:
    """The registry's own collector deletes such layers in both versions, and that of 3.1 ends with an error once."""
    old, new = each.push("team/app", "v1", b"first"), each.push("team/app", "v1", b"second")
    with each.instance.client("ci", PASSWORDS["ci"]) as client:
        push_by_sha512(client, b"named by sha512")
    with each.instance.client("admin", PASSWORDS["admin"]) as admin:
        assert admin.delete(f"/v2/team/app/manifests/{old.digest}").status_code == 202
    each.done("backup")
    for _ in range(2):
        found = each.done("gc")
        assert found["broken"] == []
    with each.instance.client("ci", PASSWORDS["ci"]) as client:
        answer = client.get(f"/v2/team/long/blobs/{sha512(b'named by sha512')}")
        assert (answer.status_code, answer.content) == (200, b"named by sha512")
    assert each.pulls(new)
    assert not each.blob(old.layer).exists()


def test_every_operation_works(each: Registry) -> None:
    images = [each.push("team/app", f"v{number}", f"layer {number}".encode()) for number in range(3)]
    each.done("backup")
    drilled = each.done("drill")
    assert (drilled["tags"], drilled["broken"]) == (3, [])
    assert each.done("scrub", "--whole")["broken"] == []
    assert each.done("gc")["tags"] == 3
    checks = {check["name"]: check for check in each.done("doctor")["checks"]}
    assert checks["registry answers"]["status"] == "ok"
    assert all(map(each.pulls, images))


def test_lists_are_read_page_by_page(each: Registry) -> None:
    for number in range(5):
        each.push(f"team/app{number}", "v1", b"same")
        each.push("team/tags", f"v{number}", b"same")
    with each.instance.client("admin", PASSWORDS["admin"]) as client:
        first = client.get("/v2/_catalog?n=2")
        assert len(first.json()["repositories"]) == 2
        assert "next" in first.links
        assert len(client.get("/v2/team/tags/tags/list").json()["tags"]) == 5
        assert manifest(client, each.push("team/tags", "last", b"same")).status_code == 200
