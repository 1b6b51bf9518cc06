"""A stack's state as objects: resources, what was pending, and everything else that its file says.

Fields as in Pulumi's `sdk/go/common/apitype/core.go` (ResourceV3, OperationV2, DeploymentV3). What this
engine does not know is kept.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from dockyard.engine.document import Document
from dockyard.engine.properties import Seal, decode, encode
from dockyard.errors import DockyardError

CREATING: Final = "creating"
# Fields of ResourceState and their names in state, in the CLI's order; those before `provider` are told
# apart below.
_TEXTS: Final = {
    "id": "id",
    "parent": "parent",
    "provider": "provider",
    "import_id": "importID",
    "deleted_with": "deletedWith",
    "source_position": "sourcePosition",
}
_FLAGS: Final = {
    "delete": "delete",
    "protect": "protect",
    "external": "external",
    "pending_replacement": "pendingReplacement",
    "retain_on_delete": "retainOnDelete",
}
_LISTS: Final = {
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
}
_MAPS: Final = {"property_dependencies": "propertyDependencies", "custom_timeouts": "customTimeouts"}
_TIMES: Final = {"created": "created", "modified": "modified"}
_PROPERTIES: Final = {"inputs": "inputs", "outputs": "outputs"}
_KNOWN: Final = frozenset(
    {"urn", "custom", "type"}.union(
        *(m.values() for m in (_TEXTS, _FLAGS, _LISTS, _MAPS, _TIMES, _PROPERTIES))
    )
)


@dataclass(slots=True, eq=False)
class ResourceState:
    """One resource of a stack. Compared by identity: a resource and what replaces it share a URN.

    custom_timeouts: seconds by operation. created, modified: a time, or the text that the state had
    (nanoseconds, kept as they are).
    extra: fields without a name here, as state spells them ("replaceWith", "ignoreChanges", "stackTrace");
    written back.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    external: bool = False
    delete: bool = False
    init_errors: list[str] = field(default_factory=list)
    retain_on_delete: bool = False
    deleted_with: str = ""
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    created: datetime | str | None = None
    modified: datetime | str | None = None
    source_position: str = ""
    import_id: str = ""
    pending_replacement: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "ResourceState":
        """Another state with the same content; its property maps may be changed apart from these."""
        return replace(
            self, inputs=copy.copy(self.inputs), outputs=copy.copy(self.outputs), extra=copy.copy(self.extra)
        )

    def to_json(self, seal: Seal) -> dict[str, Any]:
        """The resource as state holds it; empty fields are left out, as the CLI does."""
        data: dict[str, Any] = {"urn": self.urn, "custom": self.custom, "type": self.type}
        for names in (_TEXTS, _FLAGS, _LISTS, _MAPS):
            for name, key in names.items():
                if value := getattr(self, name):
                    data[key] = value
        for name, key in _PROPERTIES.items():
            if value := getattr(self, name):
                data[key] = encode(value, seal, f"{self.urn}.{key}")
        for name, key in _TIMES.items():
            if value := getattr(self, name):
                data[key] = value if isinstance(value, str) else format_time(value)
        data.update(encode(self.extra, seal, f"{self.urn}.extra"))
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any], seal: Seal) -> "ResourceState":
        """The resource that state holds. Raises DockyardError where it is malformed."""
        urn, type_ = data.get("urn"), data.get("type")
        if not isinstance(urn, str) or not isinstance(type_, str) or not urn or not type_:
            raise DockyardError(f"a resource of the state has no URN or type: {urn!r}, {type_!r}")
        state = cls(urn, type_, bool(data.get("custom")))
        for names, expected in ((_TEXTS, str), (_FLAGS, bool), (_LISTS, list), (_MAPS, dict), (_TIMES, str)):
            for name, key in names.items():
                value = data.get(key)
                if value is not None:
                    _expect(value, expected, f"{urn}: {key}")
                    setattr(state, name, value)
        for name, key in _PROPERTIES.items():
            _expect(data.get(key) or {}, dict, f"{urn}: {key}")
            setattr(state, name, decode(data.get(key) or {}, seal, f"{urn}.{key}"))
        extra = {key: value for key, value in data.items() if key not in _KNOWN}
        state.extra = decode(extra, seal, f"{urn}.extra")
        return state


def _expect(value: Any, expected: type, where: str) -> None:
    if not isinstance(value, expected):
        raise DockyardError(f"{where}: expected {expected.__name__}, got {type(value).__name__}")


def format_time(time: datetime) -> str:
    """A time as Go writes it in JSON: RFC 3339, UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """What was being done to a resource. type: creating, updating, deleting, reading, importing."""

    type: str
    resource: ResourceState


@dataclass(slots=True)
class Checkpoint:
    """A whole stack, decrypted.

    stack: organization/PROJECT/STACK. secrets_provider: {"type", "state"}, {} where the stack has none.
    extra: parts of the deployment that this engine does not know, kept.
    """

    stack: str
    resources: list[ResourceState] = field(default_factory=list)
    pending_operations: list[PendingOperation] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)
    secrets_provider: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: Document, seal: Seal) -> "Checkpoint":
        """The stack of a state file.

        Raises DockyardError where a part is malformed or cannot be decrypted.
        """
        return cls(
            stack=document.stack,
            resources=[ResourceState.from_json(data, seal) for data in document.resources],
            pending_operations=pending_operations(document, seal),
            manifest=document.manifest,
            secrets_provider=document.secrets_provider,
            metadata=document.metadata,
            features=document.features,
            extra=document.extra,
        )

    def to_document(self, seal: Seal) -> Document:
        """The stack as a state file holds it."""
        return Document(
            stack=self.stack,
            resources=[state.to_json(seal) for state in self.resources],
            operations=[
                {"resource": op.resource.to_json(seal), "type": op.type} for op in self.pending_operations
            ],
            manifest=self.manifest,
            secrets_provider=self.secrets_provider,
            metadata=self.metadata,
            features=self.features,
            extra=self.extra,
        )

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets as `Secret`; {} where it has none."""
        roots = (
            state for state in self.resources if state.type == "pulumi:pulumi:Stack" and not state.parent
        )
        return next((state.outputs for state in roots if not state.delete), {})


def pending_operations(document: Document, seal: Seal) -> list[PendingOperation]:
    """What a state file says was under way. Raises DockyardError."""
    return [
        PendingOperation(str(data.get("type", "")), ResourceState.from_json(data["resource"], seal))
        for data in document.operations
    ]
