"""Property values on the wire: `google.protobuf.Struct` to the engine's Python values and back.

Written by hand because json_format costs ten times as much, and the engine converts every property of every
resource several times. Rules as in Pulumi's `sdk/go/common/resource/plugin/rpc.go`: special objects carry a
signature key, an
unknown is one of eight fixed strings.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf import struct_pb2

from dockyard.engine import values
from dockyard.engine.values import UNKNOWN, Output, ResourceReference, Secret
from dockyard.errors import DockyardError

_EXACT = 2**53


class Accepts(NamedTuple):
    """What the reader of a message understands; everything else is sent in its plain form."""

    secrets: bool = True
    resources: bool = True
    unknowns: bool = True
    outputs: bool = False


EVERYTHING = Accepts(outputs=True)


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A Struct as Python values. Whole numbers come back as int, as Pulumi's state writes them."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def decode_value(value: struct_pb2.Value) -> Any:
    """One value as Python values; see `decode`."""
    return _decode(value)


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in values.UNKNOWN_STRINGS else text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if values.SIGNATURE_KEY in fields:
            return _decode_special(fields)
        return {key: _decode(item) for key, item in fields.items()}
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and -_EXACT < number < _EXACT else number
    if kind == "bool_value":
        return value.bool_value
    return None


def _decode_special(fields: Mapping[str, struct_pb2.Value]) -> Any:
    signature = fields[values.SIGNATURE_KEY].string_value
    if signature == values.SECRET_SIGNATURE:
        return secret(_decode(fields["value"]))
    if signature == values.OUTPUT_SIGNATURE:
        known = "value" in fields
        return Output(
            value=_decode(fields["value"]) if known else None,
            known=known,
            secret="secret" in fields and fields["secret"].bool_value,
            dependencies=tuple(item.string_value for item in fields["dependencies"].list_value.values)
            if "dependencies" in fields
            else (),
        )
    if signature == values.RESOURCE_SIGNATURE:
        return ResourceReference(
            urn=fields["urn"].string_value,
            id=_decode(fields["id"]) if "id" in fields else None,
            package_version=fields["packageVersion"].string_value if "packageVersion" in fields else "",
        )
    if signature in (values.ASSET_SIGNATURE, values.ARCHIVE_SIGNATURE):
        raise DockyardError(
            "assets and archives are not supported by the embedded engine",
            "run this stack with the Pulumi CLI, or pass the content as a string",
        )
    raise DockyardError(
        f"a property value has the signature {signature!r}, which the embedded engine does not know"
    )


def secret(value: Any) -> Secret:
    """The value as a secret, once: a secret of a secret is one secret."""
    return value if isinstance(value, Secret) else Secret(value)


def encode(properties: Mapping[str, Any], accepts: Accepts = EVERYTHING) -> struct_pb2.Struct:
    """Python values as a Struct, in the form that its reader accepts."""
    struct = struct_pb2.Struct()
    fields = struct.fields
    for key, value in properties.items():
        _encode(fields[key], value, accepts)
    return struct


def _encode(target: struct_pb2.Value, value: Any, accepts: Accepts) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, dict):
        fields = target.struct_value.fields
        target.struct_value.SetInParent()
        for key, item in value.items():
            _encode(fields[key], item, accepts)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        items = target.list_value.values
        for item in value:
            _encode(items.add(), item, accepts)
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    else:
        _encode_special(target, value, accepts)


def _encode_special(target: struct_pb2.Value, value: Any, accepts: Accepts) -> None:
    if isinstance(value, Secret):
        if not accepts.secrets:
            return _encode(target, value.value, accepts)
        return _encode(target, {values.SIGNATURE_KEY: values.SECRET_SIGNATURE, "value": value.value}, accepts)
    if value is UNKNOWN:
        target.string_value = values.UNKNOWN_STRING
        return None
    if isinstance(value, Output):
        return _encode_output(target, value, accepts)
    if isinstance(value, ResourceReference):
        if not accepts.resources:
            return _encode(target, value.urn if value.id is None else value.id, accepts)
        shown: dict[str, Any] = {values.SIGNATURE_KEY: values.RESOURCE_SIGNATURE, "urn": value.urn}
        if value.id is not None:
            shown["id"] = "" if value.id is UNKNOWN else value.id
        if value.package_version:
            shown["packageVersion"] = value.package_version
        return _encode(target, shown, accepts)
    raise TypeError(f"not a property value: {type(value).__name__}")


def _encode_output(target: struct_pb2.Value, value: Output, accepts: Accepts) -> None:
    if not accepts.outputs:
        return _encode(target, plain_output(value), accepts)
    shown: dict[str, Any] = {values.SIGNATURE_KEY: values.OUTPUT_SIGNATURE}
    if value.known:
        shown["value"] = value.value
    if value.secret:
        shown["secret"] = True
    if value.dependencies:
        shown["dependencies"] = list(value.dependencies)
    return _encode(target, shown, accepts)


def plain_output(value: Output) -> Any:
    """An output as the value, secret or unknown that it is, without its dependencies."""
    result = downgrade(value.value) if value.known else UNKNOWN
    return secret(result) if value.secret else result


def downgrade(value: Any) -> Any:
    """The value with every output replaced by what it holds: what state and providers that know no outputs
    are given.
    """
    if isinstance(value, Output):
        return plain_output(value)
    if isinstance(value, dict):
        return {key: downgrade(item) for key, item in value.items()}
    if isinstance(value, list):
        return [downgrade(item) for item in value]
    if isinstance(value, Secret):
        return secret(downgrade(value.value))
    return value


def dependencies(value: Any) -> Iterator[str]:
    """URNs of the resources that the outputs within a value come from."""
    if isinstance(value, Output):
        yield from value.dependencies
        yield from dependencies(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from dependencies(item)
    elif isinstance(value, list):
        for item in value:
            yield from dependencies(item)
    elif isinstance(value, Secret):
        yield from dependencies(value.value)


def has_unknown(value: Any) -> bool:
    """True where an unknown stands anywhere within the value."""
    if value is UNKNOWN or (isinstance(value, Output) and not value.known):
        return True
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return isinstance(value, Secret | Output) and has_unknown(value.value)


def has_secret(value: Any) -> bool:
    """True where a secret stands anywhere within the value."""
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret) or (
        isinstance(value, Output) and (value.secret or has_secret(value.value))
    )


def unwrap(value: Any) -> Any:
    """The value without secret and output wrappers, for comparing only."""
    if isinstance(value, Secret):
        return unwrap(value.value)
    if isinstance(value, Output):
        return unwrap(value.value) if value.known else UNKNOWN
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    return [unwrap(item) for item in value] if isinstance(value, list) else value


def equal(left: Any, right: Any) -> bool:
    """True where two values are the same for a provider: what is secret does not matter, a boolean is no
    number.
    """
    return _same(unwrap(left), unwrap(right))


def identical(left: Any, right: Any) -> bool:
    """True where two values are the same for the state: what is secret matters."""
    return _same(left, right)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(_same(left[k], right[k]) for k in left)
        )
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, Secret):
        return isinstance(right, Secret) and _same(left.value, right.value)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def keep_secrets(outputs: Any, inputs: Any) -> Any:
    """`outputs` with every property made secret whose input of the same name holds a secret.

    For providers that do not understand secrets; Pulumi's `annotateSecrets` (`provider_plugin.go`).
    """
    if not isinstance(outputs, dict) or not isinstance(inputs, dict):
        return outputs
    kept = dict(outputs)
    for key, value in inputs.items():
        if key not in kept:
            continue
        if isinstance(kept[key], dict) and isinstance(value, dict):
            kept[key] = keep_secrets(kept[key], value)
        elif has_secret(value):
            kept[key] = secret(kept[key])
    return kept
