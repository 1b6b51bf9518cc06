"""Pushing small images, one protocol step at a time."""

import hashlib
import json
from dataclasses import dataclass

import httpx

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Image:
    """What was pushed."""

    repository: str
    tag: str
    digest: str
    layer: str
    content: bytes


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def start_upload(client: httpx.Client, repository: str) -> str:
    """The address of a new upload."""
    answer = client.post(f"/v2/{repository}/blobs/uploads/")
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def push_blob(client: httpx.Client, repository: str, content: bytes) -> str:
    location = start_upload(client, repository)
    headers = {"Content-Type": "application/octet-stream"}
    answer = client.put(f"{location}&digest={digest_of(content)}", content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    return digest_of(content)


def manifest_of(config: bytes, layer: bytes) -> bytes:
    def part(kind: str, content: bytes) -> dict[str, object]:
        return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": part("application/vnd.oci.image.config.v1+json", config),
            "layers": [part("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        }
    ).encode()


def push_image(client: httpx.Client, repository: str, tag: str, layer: bytes) -> Image:
    config = json.dumps({"architecture": "amd64", "os": "linux", "of": repository}).encode()
    for content in (config, layer):
        push_blob(client, repository, content)
    manifest = manifest_of(config, layer)
    answer = put_manifest(client, repository, tag, manifest)
    assert answer.status_code == 201, answer.text
    return Image(repository, tag, digest_of(manifest), digest_of(layer), layer)


def put_manifest(client: httpx.Client, repository: str, reference: str, manifest: bytes) -> httpx.Response:
    return client.put(
        f"/v2/{repository}/manifests/{reference}", content=manifest, headers={"Content-Type": MANIFEST}
    )
