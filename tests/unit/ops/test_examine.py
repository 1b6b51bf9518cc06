"""What a store must hold, told from its links and manifests."""

import hashlib
import json

import pytest
from dockyard.ops.examine import blob_path, digest_like, examine
from dockyard.ops.links import Link


class Tree:
    """A store being made."""

    def __init__(self, folder):
        self.folder = folder
        self.links = []

    def blob(self, content):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = blob_path(self.folder, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    def link(self, path, content):
        self.links.append(Link(f"repositories/{path}/link", content))

    def layer(self, name, content):
        digest = self.blob(content)
        self.link(f"{name}/_layers/{digest.replace(':', '/')}", digest)
        return {"digest": digest, "size": len(content)}

    def manifest(self, name, manifest, tag=""):
        digest = self.blob(json.dumps(manifest).encode() if isinstance(manifest, dict) else manifest)
        self.link(f"{name}/_manifests/revisions/{digest.replace(':', '/')}", digest)
        if tag:
            self.link(f"{name}/_manifests/tags/{tag}/current", digest)
        return digest

    @property
    def broken(self):
        return examine(self.folder, self.links).broken


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_a_whole_image_is_no_fault_and_its_parts_are_known(tree):
    config, layer = tree.layer("a/b", b"{}"), tree.layer("a/b", b"layer")
    digest = tree.manifest("a/b", {"config": config, "layers": [layer, layer]}, "1")
    store = examine(tree.folder, tree.links)
    assert (store.broken, store.tags, store.manifests) == ([], 1, 1)
    assert sorted(part.size for part in store.parts.values()) == [2, 5]
    assert store.repositories["a/b"].label(digest) == "a/b:1"
    assert store.repositories["a/b"].label("sha256:0") == "a/b@sha256:0"


def test_a_tag_without_its_manifest_is_named(tree):
    tree.link("a/_manifests/tags/1/current", "sha256:" + "0" * 64)
    assert tree.broken == [f"a:1: leads to sha256:{'0' * 64}, which the repository does not hold"]


def test_former_manifests_of_a_tag_need_not_be_there(tree):
    tree.link(f"a/_manifests/tags/1/index/sha256/{'0' * 64}", "sha256:" + "0" * 64)
    assert tree.broken == []


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"layers": [{}]}', b'{"config": 7}'])
def test_a_manifest_that_cannot_be_read_is_named(tree, content):
    digest = tree.manifest("a", content, "1")
    assert tree.broken == [f"a:1: its manifest {digest} cannot be read"]


def test_a_layer_that_stands_elsewhere_on_the_net_may_be_missing(tree):
    foreign = {"digest": "sha256:" + "1" * 64, "size": 3, "urls": ["https://example.com/x"]}
    tree.manifest("a", {"config": tree.layer("a", b"{}"), "layers": [foreign]}, "1")
    assert tree.broken == []


def test_a_blob_pushed_by_sha512_is_found_where_it_is_stored(tree):
    content = b"layer"
    stored = tree.blob(content)
    digest = digest_like("sha512:", content)
    tree.link(f"a/_layers/{digest.replace(':', '/')}", stored)
    tree.manifest("a", {"config": {"digest": digest, "size": 5}}, "1")
    assert tree.broken == []


def test_docker_s_old_manifests_have_layers_too(tree):
    lost = "sha256:" + "2" * 64
    tree.manifest("a", {"schemaVersion": 1, "fsLayers": [{"blobSum": lost}]}, "1")
    assert tree.broken == [f"a:1: layer {lost} is not linked in a"]


def test_a_layer_of_no_digest_leads_nowhere(tree):
    tree.manifest("a", {"layers": [{"digest": "../../etc/passwd", "size": 1}]}, "1")
    assert tree.broken == ["a:1: layer ../../etc/passwd is not linked in a"]
