"""An OCI image layout on disk (image-spec, image-layout.md): images that every client can load, one for each platform, and their index."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from tests.support.images import MANIFEST, digest_of

INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
NAME = "org.opencontainers.image.ref.name"
PLATFORMS = ("amd64", "arm64")


def write_layout(folder: Path, content: bytes) -> str:
    """A layout whose names are the platforms, for one image each, and `multi`, for the index of both. Gives the index's digest."""
    (folder / "blobs" / "sha256").mkdir(parents=True)
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    images = [
        {**_image(folder, platform, content), "platform": {"architecture": platform, "os": "linux"}}
        for platform in PLATFORMS
    ]
    index = _part(folder, INDEX, _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}))
    named = [{**image, "annotations": {NAME: image["platform"]["architecture"]}} for image in images]
    top = {"schemaVersion": 2, "manifests": [{**index, "annotations": {NAME: "multi"}}, *named]}
    (folder / "index.json").write_bytes(_json(top))
    return str(index["digest"])


def digests(folder: Path) -> dict[str, str]:
    """Name to digest, of a layout."""
    manifests = json.loads((folder / "index.json").read_text())["manifests"]
    return {it["annotations"][NAME]: it["digest"] for it in manifests}


def alone_in(layout: Path, name: str, folder: Path) -> None:
    """A layout that names one image of another."""
    shutil.copytree(layout, folder, dirs_exist_ok=True)
    top = json.loads((layout / "index.json").read_text())
    top["manifests"] = [it for it in top["manifests"] if it["annotations"][NAME] == name]
    (folder / "index.json").write_bytes(_json(top))


def _image(folder: Path, platform: str, content: bytes) -> dict[str, Any]:
    archive = _archive(f"{platform}.bin", content + platform.encode())
    layer = gzip.compress(archive, mtime=0)
    config = {
        "architecture": platform,
        "os": "linux",
        "config": {"Cmd": ["/none"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}"]},
        "history": [{"created_by": "a test"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _part(folder, CONFIG, _json(config)),
        "layers": [_part(folder, LAYER, layer)],
    }
    return _part(folder, MANIFEST, _json(manifest))


def _archive(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _part(folder: Path, kind: str, content: bytes) -> dict[str, Any]:
    digest = digest_of(content)
    (folder / "blobs" / digest.replace(":", "/")).write_bytes(content)
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
