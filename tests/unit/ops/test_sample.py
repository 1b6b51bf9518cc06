"""What of a store is looked at before and after another program serves it."""

from pathlib import Path

from dockyard.ops.examine import Part, Repository, Store
from dockyard.ops.sample import BLOBS, MANIFESTS, Sample, chosen, still

DIGEST = "sha256:" + "a" * 64


def test_a_small_store_is_looked_at_whole_but_for_what_is_broken() -> None:
    other, bad = DIGEST.replace("a", "b"), DIGEST.replace("a", "c")
    store = Store({"team/app": Repository("team/app", {"v1": DIGEST, "v2": bad}, {DIGEST, other, bad})})
    store.parts["team/app", "x"] = Part("team/app", "sha256:x", "sha256:x", 7, "layer", "team/app:v1")
    store.blame("team/app:v2: is corrupt", bad)
    sample = chosen(store)
    assert [path for path, _, _ in sample.manifests] == [
        "team/app/manifests/v1",
        f"team/app/manifests/{other}",
    ]
    assert sample.blobs == [("team/app/blobs/sha256:x", 7, "team/app:v1: layer sha256:x")]
    assert sample.repository == "team/app"


def test_of_a_large_store_evenly_spread_parts_are_looked_at() -> None:
    tags = {f"v{number:05}": DIGEST for number in range(3 * MANIFESTS)}
    store = Store({"team/app": Repository("team/app", tags, {DIGEST})})
    for number in range(2 * BLOBS):
        digest = f"sha256:{number}"
        store.parts["team/app", digest] = Part("team/app", digest, digest, 1, "layer", "team/app:v00000")
    sample = chosen(store)
    assert (len(sample.manifests), len(sample.blobs)) == (MANIFESTS, BLOBS)
    assert sample.manifests[1][0].endswith("/v00003")
    assert sample.blobs[-1][0].endswith(f":{2 * BLOBS - 2}")


def test_no_repository_is_made_for_an_upload() -> None:
    assert chosen(Store()).repository == ""


def test_tags_that_moved_and_images_that_were_deleted_since_are_no_fault(tmp_path: Path) -> None:
    def link(folder: str, content: str) -> None:
        (tmp_path / "repositories/team/app" / folder).mkdir(parents=True)
        (tmp_path / "repositories/team/app" / folder / "link").write_text(content)

    value, other = DIGEST.partition(":")[2], DIGEST.replace("a", "b")
    link("_manifests/tags/moved/current", other)
    link(f"_manifests/revisions/sha256/{value}", DIGEST)
    link(f"_layers/sha256/{value}", DIGEST)
    at = "team/app/manifests"
    manifests = [(f"{at}/{it}", DIGEST, it) for it in ("moved", "deleted", DIGEST, other)]
    blobs = [(f"team/app/blobs/{it}", 1, it) for it in (DIGEST, other)]
    found = still(tmp_path, Sample(manifests, blobs, "team/app"))
    assert found.manifests == [(f"{at}/moved", other, "moved"), (f"{at}/{DIGEST}", DIGEST, DIGEST)]
    assert found.blobs == blobs[:1]
