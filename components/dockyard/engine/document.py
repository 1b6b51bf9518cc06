"""A state file as JSON data: parsed, brought to version 3, written. No secret is opened here, so no
passphrase is needed.

Formats as in Pulumi's `sdk/go/common/apitype/core.go` (VersionedCheckpoint, DeploymentV1 to V3) and
`pkg/resource/stack/checkpoint.go`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final

from dockyard.engine import values
from dockyard.errors import DockyardError

VERSION: Final = 3
VERSION_WITH_FEATURES: Final = 4
# Features whose fields are carried along untouched. What the others mean (views, hooks, taint ...) this
# engine would get wrong.
CARRIED: Final = frozenset({"replaceWith", "byteString"})
_PARTS: Final = {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"}


@dataclass(slots=True)
class Document:
    """A stack's state file. resources, operations: as they stand in it, secrets encrypted."""

    stack: str
    resources: list[dict[str, Any]] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)
    secrets_provider: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def salt(self) -> str:
        """The `encryptionsalt` of its passphrase provider, "" where it has none.

        Raises DockyardError for other providers.
        """
        if not self.secrets_provider:
            return ""
        kind = self.secrets_provider.get("type")
        if kind != "passphrase":
            raise DockyardError(
                f"stack {self.stack}: its secrets provider is {kind!r}; the embedded engine knows `passphrase`",
                "run this stack with the Pulumi CLI, or there: `pulumi stack change-secrets-provider passphrase`",
            )
        return str((self.secrets_provider.get("state") or {}).get("salt", ""))


def parse(text: bytes) -> Document:
    """A state file of version 1 to 4.

    Raises DockyardError that says what is wrong with it, without its name.
    """
    try:
        outer = json.loads(text)
    except (ValueError, UnicodeDecodeError) as error:
        raise DockyardError(f"it is not JSON ({error})") from error
    if not isinstance(outer, dict):
        raise DockyardError("it is not a JSON object")
    version = outer.get("version", 0)
    # Files older than versions are the checkpoint itself.
    inner = outer.get("checkpoint", outer)
    if not isinstance(inner, dict) or not isinstance(inner.get("stack"), str):
        raise DockyardError("it holds no checkpoint")
    deployment = inner.get("latest") or {}
    return from_deployment(inner["stack"], deployment, version or 1, outer.get("features") or [])


def from_deployment(stack: str, deployment: Any, version: Any, features: list[str]) -> Document:
    """The document of a deployment (the inner part of a state file, or what an export holds).

    Raises DockyardError.
    """
    if version not in (1, 2, VERSION, VERSION_WITH_FEATURES):
        raise DockyardError(f"its version is {version!r}; this engine reads 1 to {VERSION_WITH_FEATURES}")
    if not isinstance(features, list) or not all(isinstance(name, str) for name in features):
        raise DockyardError("its features are not a list of names")
    unknown = sorted(set(features) - CARRIED)
    if unknown:
        raise DockyardError(
            f"it uses {', '.join(unknown)}, which the embedded engine does not support",
            "run this stack with the Pulumi CLI",
        )
    if not isinstance(deployment, dict):
        raise DockyardError("its deployment is not an object")
    resources = _objects(deployment.get("resources"), "resources")
    operations = _objects(deployment.get("pending_operations"), "pending_operations")
    for operation in operations:
        if not isinstance(operation.get("resource"), dict):
            raise DockyardError("a pending operation names no resource")
    if version < VERSION:
        for data in (*resources, *(operation["resource"] for operation in operations)):
            _migrate(data)
    return Document(
        stack=stack,
        resources=resources,
        operations=operations,
        manifest=_object(deployment, "manifest"),
        secrets_provider=_provider(deployment),
        metadata=_object(deployment, "metadata"),
        features=list(features),
        extra={key: value for key, value in deployment.items() if key not in _PARTS},
    )


def _object(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name) or {}
    if not isinstance(found, dict):
        raise DockyardError(f"its {name} is not an object")
    return found


def _provider(deployment: Mapping[str, Any]) -> dict[str, Any]:
    found = _object(deployment, "secrets_providers")
    if found.get("type") == "passphrase" and not isinstance(_object(found, "state").get("salt"), str):
        raise DockyardError("its secrets_providers name no salt")
    return found


def _objects(items: Any, name: str) -> list[dict[str, Any]]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise DockyardError(f"its {name} are not a list of objects")
    return items


def _migrate(data: dict[str, Any]) -> None:
    """Versions 1 and 2: no defaults beside the inputs, and every dependency was one of every input."""
    data.pop("defaults", None)
    data.setdefault(
        "propertyDependencies",
        {key: list(data.get("dependencies") or ()) for key in data.get("inputs") or {}},
    )


def features_of(data: Mapping[str, Any], encoded: bytes) -> set[str]:
    """The features that a resource in state form uses."""
    used = {"replaceWith"} if data.get("replaceWith") else set()
    return used | {"byteString"} if values.BYTE_STRING_SIGNATURE.encode() in encoded else used


def compact(data: Any) -> bytes:
    """JSON on one line, as the CLI writes state."""
    return json.dumps(data, separators=(",", ":")).encode()


def manifest(old: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a state that is written now by this engine; what the old one says of plugins stays."""
    version = f"v{metadata.version('dockyard')}"
    magic = hashlib.sha256(version.encode()).hexdigest()
    time = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {**old, "time": time, "magic": magic, "version": version}


def assemble(
    document: Document, resources: Iterable[bytes], operations: Iterable[bytes], features: set[str]
) -> bytes:
    """The bytes of a state file, from resources that are JSON text already."""
    listed = sorted(features)
    parts = [
        b'{"version":%d' % (VERSION_WITH_FEATURES if listed else VERSION),
        b',"features":' + compact(listed) if listed else b"",
        b',"checkpoint":{"stack":' + compact(document.stack),
        b',"latest":{"manifest":' + compact(document.manifest),
        b',"secrets_providers":' + compact(document.secrets_provider) if document.secrets_provider else b"",
        _listed(b"resources", resources),
        _listed(b"pending_operations", operations),
        b',"metadata":' + compact(document.metadata),
        *(b"," + compact(key) + b":" + compact(value) for key, value in document.extra.items()),
        b"}}}",
    ]
    return b"".join(parts)


def _listed(name: bytes, items: Iterable[bytes]) -> bytes:
    joined = b",".join(items)
    return b',"%s":[%s]' % (name, joined) if joined else b""


def write(document: Document) -> bytes:
    """The bytes of a state file."""
    encoded = [(data, compact(data)) for data in document.resources]
    used = set().union(*(features_of(data, text) for data, text in encoded)) if encoded else set()
    return assemble(
        document,
        (text for _, text in encoded),
        (compact(operation) for operation in document.operations),
        used,
    )
