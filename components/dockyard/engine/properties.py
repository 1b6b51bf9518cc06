"""Property values as state keeps them: JSON data in which the special ones are marked and secrets are
encrypted.

Rules as in Pulumi's `pkg/resource/stack/deployment.go` (SerializePropertyValue, DeserializePropertyValue).
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Protocol

from dockyard.engine import values
from dockyard.engine.secrets import parse_plaintext
from dockyard.engine.values import UNKNOWN, Output, ResourceReference, Secret
from dockyard.errors import DockyardError

_KEPT = frozenset({values.ASSET_SIGNATURE, values.ARCHIVE_SIGNATURE, values.BYTE_STRING_SIGNATURE})


class Seal(Protocol):
    """How secrets go into state and come out of it; `place` says where one stands."""

    def seal(self, place: str, value: Any) -> dict[str, str]: ...

    def open(self, place: str, ciphertext: str) -> Any: ...


class Plain:
    """Secrets within a secret: encrypted as part of the outer one, so only marked."""

    def seal(self, place: str, value: Any) -> dict[str, str]:
        return {"ciphertext": json.dumps(value, sort_keys=True, separators=(",", ":"))}

    def open(self, place: str, ciphertext: str) -> Any:
        return parse_plaintext(ciphertext)


class Revealed(Plain):
    """Secrets as an export with `--show-secrets` holds them. For what is shown, never for what is saved."""

    def seal(self, place: str, value: Any) -> dict[str, str]:
        return {"plaintext": json.dumps(value, sort_keys=True, separators=(",", ":"))}


_PLAIN = Plain()


def encode(value: Any, seal: Seal, place: str) -> Any:
    """A property value as JSON data.

    place: where it stands, for `seal`. Raises TypeError for what is no property value.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        return {key: encode(item, seal, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item, seal, f"{place}.{index}") for index, item in enumerate(value)]
    if isinstance(value, float):
        return value if math.isfinite(value) else _encode_float(value)
    if isinstance(value, Secret):
        return {
            values.SIGNATURE_KEY: values.SECRET_SIGNATURE,
            **seal.seal(place, encode(value.value, _PLAIN, place)),
        }
    if value is UNKNOWN:
        return values.UNKNOWN_STRING
    if isinstance(value, ResourceReference):
        return _encode_reference(value)
    if isinstance(value, Output):
        known = value.value if value.known else UNKNOWN
        return encode(Secret(known) if value.secret else known, seal, place)
    raise TypeError(f"{place}: not a property value: {type(value).__name__}")


def _encode_float(value: float) -> dict[str, str]:
    bits = struct.unpack(">Q", struct.pack(">d", value))[0]
    return {values.SIGNATURE_KEY: values.FLOAT_SIGNATURE, "value": f"{bits:016x}"}


def _encode_reference(value: ResourceReference) -> dict[str, str]:
    shown = {
        values.SIGNATURE_KEY: values.RESOURCE_SIGNATURE,
        "urn": value.urn,
        "packageVersion": value.package_version,
    }
    if value.id is not None:
        shown["id"] = "" if value.id is UNKNOWN else value.id
    return shown


def decode(data: Any, seal: Seal, place: str) -> Any:
    """JSON data as a property value. Raises DockyardError naming the place where it is malformed."""
    if isinstance(data, str):
        return UNKNOWN if data == values.UNKNOWN_STRING else data
    if isinstance(data, list):
        return [decode(item, seal, f"{place}.{index}") for index, item in enumerate(data)]
    if isinstance(data, dict):
        if values.SIGNATURE_KEY in data:
            return _decode_marked(data, seal, place)
        return {key: decode(item, seal, f"{place}.{key}") for key, item in data.items()}
    return data


def _decode_marked(data: Mapping[str, Any], seal: Seal, place: str) -> Any:
    signature = data[values.SIGNATURE_KEY]
    if signature == values.SECRET_SIGNATURE:
        return _decode_secret(data, seal, place)
    if signature == values.RESOURCE_SIGNATURE and isinstance(data.get("urn"), str):
        return ResourceReference(data["urn"], data.get("id"), data.get("packageVersion") or "")
    if signature == values.FLOAT_SIGNATURE:
        try:
            return float(struct.unpack(">d", int(data["value"], 16).to_bytes(8, "big"))[0])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise DockyardError(f"{place}: a number that the state does not say") from error
    if isinstance(signature, str) and signature in _KEPT:
        return dict(data)
    raise DockyardError(f"{place}: a value with the signature {signature!r}, which this engine does not know")


def _decode_secret(data: Mapping[str, Any], seal: Seal, place: str) -> Secret:
    ciphertext, plaintext = data.get("ciphertext"), data.get("plaintext")
    if isinstance(ciphertext, str) and plaintext is None:
        try:
            opened = seal.open(place, ciphertext)
        except DockyardError as error:
            raise DockyardError(f"{place}: {error.message}", error.hint) from error
    elif isinstance(plaintext, str) and ciphertext is None:
        opened = parse_plaintext(plaintext)
    else:
        raise DockyardError(f"{place}: a secret holds either a ciphertext or a plaintext")
    return Secret(decode(opened, _PLAIN, place))
