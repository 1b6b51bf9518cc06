"""Which images need a blob."""

import hashlib
import json

from dockyard.ops.examine import examine
from dockyard.ops.links import read_links
from dockyard.ops.needs import who_needs


class Lab:
    def __init__(self, tree):
        self.tree = tree

    def blob(self, content: bytes) -> str:
        value = hashlib.sha256(content).hexdigest()
        file = self.tree / "blobs/sha256" / value[:2] / value / "data"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return f"sha256:{value}"

    def link(self, path: str, digest: str) -> None:
        file = self.tree / "repositories" / path / "link"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(digest)

    def manifest(self, repository: str, *tags: str, **content) -> str:
        digest = self.blob(json.dumps(content).encode())
        self.link(f"{repository}/_manifests/revisions/{digest.replace(':', '/')}", digest)
        for tag in tags:
            self.link(f"{repository}/_manifests/tags/{tag}/current", digest)
        return digest

    def layer(self, repository: str, content: bytes) -> str:
        digest = self.blob(content)
        self.link(f"{repository}/_layers/{digest.replace(':', '/')}", digest)
        return digest

    def needs(self, *digests: str) -> dict[str, list[str]]:
        return who_needs(self.tree, examine(self.tree, read_links(self.tree)), digests)


def image(*layers: str, **more) -> dict:
    return {"layers": [{"digest": digest} for digest in layers], **more}


def index(*children: str) -> dict:
    return {"manifests": [{"digest": digest} for digest in children]}


def test_every_tag_is_named_also_those_of_indexes_and_of_other_repositories(tmp_path):
    lab = Lab(tmp_path)
    shared = lab.layer("a", b"shared")
    assert lab.layer("b/c", b"shared") == shared
    own = lab.layer("a", b"own")
    lab.manifest("a", "1", "2", **image(shared))
    child = lab.manifest("a", **image(shared, own))
    lab.manifest("a", "multi", **index(child))
    lab.manifest("b/c", "x", **image(shared))
    loose = lab.manifest("b/c", **image(shared, note="no tag"))
    found = lab.needs(shared, own, child)
    assert found[shared] == sorted(["a:1", "a:2", "a:multi", f"b/c@{loose}", "b/c:x"])
    assert (found[own], found[child]) == (["a:multi"], ["a:multi"])


def test_what_no_image_needs_is_needed_by_none_and_a_corrupt_manifest_by_its_tag(tmp_path):
    lab = Lab(tmp_path)
    layer = lab.layer("a", b"layer")
    manifest = lab.manifest("a", "1", **image(layer))
    value = manifest.partition(":")[2]
    (tmp_path / "blobs/sha256" / value[:2] / value / "data").write_bytes(b"{")
    assert lab.needs(layer, manifest) == {layer: [], manifest: ["a:1"]}


def test_indexes_that_lead_to_each_other_end(tmp_path):
    """Their digests cannot really be; what a manifest says is not trusted all the same."""
    lab = Lab(tmp_path)
    first = lab.manifest("a", "1", **index("sha256:" + "0" * 64))
    value = first.partition(":")[2]
    (tmp_path / "blobs/sha256" / value[:2] / value / "data").write_text(json.dumps(index(first)))
    assert lab.needs(first) == {first: ["a:1"]}
