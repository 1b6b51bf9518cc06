"""Property values in memory, and the signatures that mark the special ones on the wire and in state.

A property value is plain data (dict, list, str, int, float, bool, None) with these in it: `Secret`,
`UNKNOWN`, `ResourceReference`, and on
the way from a program `Output`. Assets, archives and byte strings stay the marked dicts that they are in
state.
Signatures as in Pulumi's `sdk/go/common/resource/sig/sig.go`.
"""

from dataclasses import dataclass
from typing import Any, Final

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- a marker
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
BYTE_STRING_SIGNATURE: Final = "803fd3297a5875dc03ca845dda5d2a98"
FLOAT_SIGNATURE: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One per type, as in `sdk/go/common/resource/plugin/rpc.go`: bool, number, string, array, asset, archive,
# object.
UNKNOWN_STRINGS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        UNKNOWN_STRING,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unknown:
    """The type of `UNKNOWN`, a value that only an `up` will tell. There is one instance."""

    _instance: "Unknown | None" = None

    def __new__(cls) -> "Unknown":
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is encrypted in state and masked wherever it is shown, tracebacks among that."""

    value: Any

    def __repr__(self) -> str:
        return "Secret([secret])"


@dataclass(frozen=True, slots=True)
class Output:
    """A value with the URNs that it comes from, as programs and component plugins send it. Never in state."""

    value: Any
    known: bool = True
    secret: bool = False
    dependencies: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = "[secret]" if self.secret else repr(self.value)
        return f"Output({shown}, known={self.known}, dependencies={self.dependencies})"


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource as a property value. id: None for a component, UNKNOWN in a preview."""

    urn: str
    id: Any = None
    package_version: str = ""
