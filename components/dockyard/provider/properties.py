"""Property values: protobuf on the wire, plain Python inside.

Inside they are dict, list, str, float, bool and None, plus `Secret(value)` and `UNKNOWN`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

# Marks of Pulumi's wire format: sdk/go/common/resource/sig.go and sdk/go/common/resource/plugin/rpc.go.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
UNKNOWN_TEXTS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts and masks."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
"""A value that is known only once the resources before it are made."""


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The Python form of a message's properties."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
            return Secret(_decode(fields["value"]))
        return decode(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind in ("number_value", "bool_value"):
        return getattr(value, kind)
    return None


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The message form of properties."""
    return struct_pb2.Struct(fields={key: _encode(value) for key, value in properties.items()})


def _encode(value: Any) -> struct_pb2.Value:
    match value:
        case Secret():
            secret = {SIGNATURE: struct_pb2.Value(string_value=SECRET), "value": _encode(value.value)}
            return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=secret))
        case _Unknown():
            return struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case Mapping():
            return struct_pb2.Value(struct_value=encode(value))
        case list() | tuple():
            values = [_encode(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=values))
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    raise TypeError(f"no property value: {type(value).__name__}")


def plain(value: Any) -> Any:
    """The value with each Secret opened; for work on the host, never for output."""
    return _map(value, lambda secret: plain(secret.value))


def is_known(value: Any) -> bool:
    """Whether nothing in the value is UNKNOWN."""
    match value:
        case _Unknown():
            return False
        case Secret():
            return is_known(value.value)
        case Mapping():
            return all(is_known(item) for item in value.values())
        case list():
            return all(is_known(item) for item in value)
    return True


def _map(value: Any, open_secret: Callable[[Secret], Any]) -> Any:
    match value:
        case Secret():
            return open_secret(value)
        case Mapping():
            return {key: _map(item, open_secret) for key, item in value.items()}
        case list():
            return [_map(item, open_secret) for item in value]
    return value
