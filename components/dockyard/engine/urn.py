"""Names of resources: `urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME`, and references to providers
(`URN::ID`).

Rules as in Pulumi's `sdk/go/common/resource/urn`: the type part of a child is prefixed with its parent's,
the stack's own type is left out, and a name may hold anything, "::" too.
"""

from typing import NamedTuple

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
# The package of what the CLI does itself: StackReference, Stash and their functions.
BUILT_IN = "pulumi"
_PREFIX = "urn:pulumi:"


class Urn(NamedTuple):
    """The parts of a URN. `qualified_type` holds the parents' types too, joined by "$"."""

    stack: str
    project: str
    qualified_type: str
    name: str

    @property
    def type(self) -> str:
        return self.qualified_type.rsplit("$", 1)[-1]

    def __str__(self) -> str:
        return f"{_PREFIX}{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def parse(urn: str) -> Urn:
    """The parts of a URN. Raises ValueError where it is none."""
    parts = urn.removeprefix(_PREFIX).split("::", 3)
    if len(parts) != 4 or not urn.startswith(_PREFIX):
        raise ValueError(f"not a URN: {urn!r}")
    return Urn(*parts)


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; `parent` is its parent's URN or ""."""
    parent_type = parse(parent).qualified_type if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type and parent_type != STACK_TYPE else type_
    return str(Urn(stack, project, qualified, name))


def name_of(urn: str) -> str:
    """The name in a URN: its last part."""
    return parse(urn).name


def type_of(urn: str) -> str:
    """The resource's own type, without its parents'."""
    return parse(urn).type


def is_provider_type(type_: str) -> bool:
    """True for `pulumi:providers:NAME`."""
    return type_.startswith(PROVIDER_PREFIX)


def package_of(type_: str) -> str:
    """The package that a type belongs to: `dockyard` for `dockyard:index:Host` and for
    `pulumi:providers:dockyard`.
    """
    return type_.removeprefix(PROVIDER_PREFIX) if is_provider_type(type_) else type_.split(":", 1)[0]


def split_reference(reference: str) -> tuple[str, str]:
    """A provider reference's URN and id. Raises ValueError where it has no id."""
    urn, separator, identity = reference.rpartition("::")
    if not separator or urn.count("::") < 3:
        raise ValueError(f"not a provider reference: {reference!r}")
    return urn, identity
