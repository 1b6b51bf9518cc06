"""The drill: what it proves, and what it names."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.images import Image, digest_of
from tests.support.operations import Registry, outcome

pytestmark = pytest.mark.integration
CLIENTS = 4
INDEX = "application/vnd.oci.image.index.v1+json"


def layer(seed: int, size: int = 20_000) -> bytes:
    return random.Random(seed).randbytes(size)


def index_of(*digests: str) -> bytes:
    entries = [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": d, "size": 1} for d in digests
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def referrer_of(subject: str, content: bytes) -> bytes:
    part = {"mediaType": "application/octet-stream", "digest": digest_of(content), "size": len(content)}
    said = {"schemaVersion": 2, "config": part, "layers": [part], "subject": {"digest": subject, "size": 1}}
    return json.dumps(said).encode()


def test_every_image_of_a_whole_backup_can_be_pulled(registry: Registry) -> None:
    images = [registry.write(f"team/app{n}", tag, layer(n)) for n in range(3) for tag in ("1", "2")]
    registry.write("copy/app", "1", layer(0))
    registry.write_manifest("team/app0", index_of(images[0].digest), "multi")
    registry.write_manifest("team/app0", referrer_of(images[0].digest, layer(0)))
    registry.done("backup")
    found = registry.done("drill")
    assert found["broken"] == []
    assert (found["repositories"], found["tags"]) == (4, 8)
    assert found["manifests"] == 3 + 1 + 2
    assert found["blobs"] == 3 + 4
    assert found["bytes_pulled"] > 3 * 20_000
    assert found["rpo_seconds"] >= 0
    assert 0 < found["rto_seconds"] <= found["seconds"]
    remembered = json.loads((registry.state / "drill.json").read_text())
    assert (remembered["error"], remembered["succeeded"] > 0) == ("", True)
    assert not (registry.state / "scratch").exists()


@pytest.fixture
def broken(registry: Registry) -> tuple[Registry, list[Image]]:
    """Faults that a backup finds in the store and has to keep: what it copies is what there is."""
    return registry, [registry.write(f"team/app{n}", "1", layer(n)) for n in range(7)]


def test_each_fault_is_named(broken: tuple[Registry, list[Image]]) -> None:
    registry, images = broken
    corrupt, missing, short, truncated, lost, cut, _ = images
    registry.blob(corrupt.layer).write_bytes(layer(99))
    registry.blob(missing.layer).unlink()
    registry.blob(short.layer).write_bytes(short.content[:-1])
    tag = registry.tree / f"repositories/{truncated.repository}/_manifests/tags/1/current/link"
    tag.write_text(truncated.digest[:30])
    registry.blob(lost.digest).unlink()
    registry.blob(cut.digest).write_bytes(registry.blob(cut.digest).read_bytes()[:50])
    extra = registry.write_manifest("team/app6", index_of("sha256:" + "0" * 64), "multi")
    assert registry.done("backup")["warnings"] == [
        f"{tag.relative_to(registry.tree)}: is no link, but 30 bytes",
    ]
    found = registry.run("drill")
    assert found.code == 1
    assert sorted(found.result["broken"]) == sorted(
        [
            f"team/app0:1: layer {corrupt.layer}: is corrupt",
            f"team/app1:1: layer {missing.layer} is missing",
            f"team/app2:1: layer {short.layer} has 19999 bytes, not 20000",
            "repositories/team/app3/_manifests/tags/1/current/link: is no link, but 30 bytes",
            f"team/app4:1: its manifest {lost.digest} is missing",
            f"team/app5:1: its manifest {cut.digest} is corrupt",
            f"team/app6:multi: manifest sha256:{'0' * 64} of its index is missing",
        ]
    ), extra
    assert json.loads((registry.state / "drill.json").read_text())["succeeded"] == 0


def test_a_layer_that_only_another_repository_links_is_named(registry: Registry) -> None:
    image = registry.write("team/app", "1", layer(1))
    registry.write("other/app", "1", layer(1))
    link = registry.tree / f"repositories/team/app/_layers/{image.layer.replace(':', '/')}/link"
    link.unlink()
    registry.done("backup")
    assert registry.run("drill").result["broken"] == [
        f"team/app:1: layer {image.layer} is not linked in team/app",
    ]


def test_without_a_backup_there_is_nothing_to_prove(registry: Registry) -> None:
    refused = registry.run("drill")
    assert (refused.code, refused.error) == (1, "there is no backup repository yet")
    assert refused.hint == "`dockyard backup` makes it"


def test_a_backup_made_during_pushes_has_every_image_whole(live: Registry) -> None:
    """Each client moves one tag again and again, and makes new ones; all of them share a layer."""
    stop = threading.Event()
    acknowledged: list[Image] = []

    def pushes(client: int) -> int:
        count = 0
        while not stop.is_set() and count < 2000:
            count += 1
            live.push(f"team/app{client}", "latest", layer(client * 10_000 + count, 3000))
            acknowledged.append(live.push(f"team/new{client}", f"v{count}", layer(7, 3000)))
        return count

    live.push("team/first", "1", layer(1))
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(pushes, client) for client in range(CLIENTS)]
        try:
            for _ in range(2):
                before = list(acknowledged)
                backup = live.start("backup")
                done = outcome(backup.wait(timeout=120), backup.communicate()[0])
                assert done.code == 0, done
        finally:
            stop.set()
        counts = [future.result() for future in running]
    assert min(counts) > 0
    found = live.run("drill")
    assert found.result["broken"] == []
    index = (live.state / "links.jsonl").read_text()
    lost = [i for i in before if f"{i.repository}/_manifests/tags/{i.tag}/current" not in index]
    assert lost == []
