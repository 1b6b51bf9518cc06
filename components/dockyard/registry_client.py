"""A small client of the OCI distribution protocol: what a smoke test needs to push, pull and delete one image."""

import hashlib
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from dockyard.errors import DockyardError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Image:
    """An image of one layer, as bytes; equal arguments give equal digests."""

    layer: bytes
    config: bytes
    manifest: bytes

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def scratch_image(text: str, layer: bytes = bytes(1024)) -> Image:
    """A valid image of one layer, by default an empty tar archive; `text` stands in its configuration and so in its digest."""
    rootfs = {"type": "layers", "diff_ids": [digest_of(layer)]}
    labels = {"org.opencontainers.image.description": text}
    config = _json({"architecture": "amd64", "os": "linux", "rootfs": rootfs, "config": {"Labels": labels}})
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, config),
        "layers": [_descriptor(LAYER, layer)],
    }
    return Image(layer, config, _json(manifest))


class RegistryClient:
    """Signed in as one user at one registry. Every answer that is not the expected one raises DockyardError."""

    def __init__(self, host: str, username: str, password: str, ca_certificate: str = "") -> None:
        """ca_certificate: PEM of what to trust beside the system's authorities. Default: the system's alone."""
        context = ssl.create_default_context()
        if ca_certificate:
            context.load_verify_locations(cadata=ca_certificate)
        self._client = httpx.Client(
            base_url=f"https://{host}", auth=(username, password), verify=context, timeout=60, trust_env=False
        )

    @classmethod
    def over(cls, client: httpx.Client) -> "RegistryClient":
        """With a client that signs in in its own way; it stays its owner's to close."""
        made = cls.__new__(cls)
        made._client = client
        return made

    def __enter__(self) -> "RegistryClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ping(self) -> None:
        self._call("GET", "/v2/", 200)

    def catalog(self) -> list[str]:
        """Every repository, page by page."""
        names: list[str] = []
        address = "/v2/_catalog?n=1000"
        while address:
            answer = self._call("GET", address, 200)
            names += answer.json().get("repositories") or []
            address = answer.links.get("next", {}).get("url", "")
        return names

    def push(self, repository: str, tag: str, image: Image) -> None:
        for blob in (image.layer, image.config):
            self._push_blob(repository, blob)
        headers = {"Content-Type": MANIFEST}
        self._call("PUT", f"/v2/{repository}/manifests/{tag}", 201, content=image.manifest, headers=headers)

    def pull(self, repository: str, reference: str) -> bytes:
        """The manifest, its blobs fetched and every digest checked. reference: a tag or a digest."""
        answer = self._call(
            "GET", f"/v2/{repository}/manifests/{reference}", 200, headers={"Accept": MANIFEST}
        )
        manifest = answer.content
        if ":" in reference and digest_of(manifest) != reference:
            raise DockyardError(
                f"{repository}@{reference}: the manifest has another digest: {digest_of(manifest)}"
            )
        described = json.loads(manifest)
        for descriptor in (described["config"], *described["layers"]):
            blob = self._call("GET", f"/v2/{repository}/blobs/{descriptor['digest']}", 200).content
            if digest_of(blob) != descriptor["digest"]:
                raise DockyardError(f"{repository}: the blob {descriptor['digest']} has other bytes")
        return manifest

    def delete(self, repository: str, digest: str) -> None:
        """Deletes a manifest. Its blobs stay until the next garbage collection."""
        self._call("DELETE", f"/v2/{repository}/manifests/{digest}", 202)

    def push_in_chunks(self, repository: str, blob: bytes, size: int) -> None:
        """As clients go on with an upload that was cut off: each part is told where it begins, the answer where it has ended."""
        location = self._begin(repository)
        for start in range(0, len(blob), size):
            part = blob[start : start + size]
            end = start + len(part) - 1
            headers = {"Content-Type": "application/octet-stream", "Content-Range": f"{start}-{end}"}
            answer = self._call("PATCH", location, 202, content=part, headers=headers)
            taken = answer.headers.get("Range", "").removeprefix("bytes=")
            if taken != f"0-{end}":
                raise DockyardError(
                    f"{repository}: an upload of {end + 1} bytes is said to hold {taken or 'nothing'}"
                )
            location = answer.headers.get("Location", location)
        self._call("PUT", httpx.URL(location).copy_merge_params({"digest": digest_of(blob)}), 201)

    def delete_blob(self, repository: str, digest: str) -> None:
        self._call("DELETE", f"/v2/{repository}/blobs/{digest}", 202)

    def _push_blob(self, repository: str, blob: bytes) -> None:
        digest = digest_of(blob)
        if self._client.head(f"/v2/{repository}/blobs/{digest}").status_code == 200:
            return
        location = self._begin(repository)
        address = httpx.URL(location).copy_merge_params({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        self._call("PUT", address, 201, content=blob, headers=headers)

    def _begin(self, repository: str) -> str:
        """Where an upload goes on."""
        location = self._call("POST", f"/v2/{repository}/blobs/uploads/", 202).headers.get("Location")
        if not location:
            raise DockyardError(f"an upload to {repository} begins without a Location to go on at")
        return str(location)

    def _call(
        self,
        method: str,
        address: str | httpx.URL,
        expected: int,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, address, content=content, headers=headers)
        except httpx.TransportError as error:
            raise DockyardError(
                f"{self._client.base_url.netloc.decode()} does not answer: {error}"
            ) from error
        if answer.status_code != expected:
            path = answer.request.url.path
            raise DockyardError(
                f"{method} {path}: {answer.status_code}, not {expected}: {answer.text[:200].strip()}"
            )
        return answer


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
