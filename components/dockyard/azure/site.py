"""Where the parts of one registry belong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class Site:
    """A registry that exists, or will: its names come from the registry's own outputs, so that its parts are made after it."""

    registry_name: "pulumi.Input[str]"
    registry_id: "pulumi.Input[str]"
    resource_group_name: "pulumi.Input[str]"
    location: str
    tags: Mapping[str, str]
    sku: str
    """`Basic`, `Standard` or `Premium`."""
