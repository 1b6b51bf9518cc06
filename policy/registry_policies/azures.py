"""Registries of Azure in a stack, and what belongs to them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dockyard.checks.acr import CLASSIC, GENERIC, LATER, REGISTRIES, generic_type, registry
from dockyard.checks.values import UNKNOWN, at, first, text

from registry_policies.rule import Resource

_OWNERS = ("registryName", "parentResourcePath", "containerRegistryId")
_NAMES = ("registryName", "resourceName", "name")


def registries(resources: Sequence[Resource]) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Every registry with its properties in Azure's words."""
    for each in resources:
        found = registry(each.type, each.properties) if each.type in REGISTRIES else None
        if found is not None:
            yield each, found


def children(resources: Sequence[Resource], kind: str, *tokens: str, later: bool = False) -> list[Resource]:
    """Resources of these types, and generic ones of `kind`, such as `tasks`; later: also those whose kind is not known yet."""
    wanted = (f"microsoft.containerregistry/registries/{kind}", *((LATER,) if later else ()))
    return [
        each
        for each in resources
        if each.type in tokens
        or (each.type == GENERIC and generic_type(each.type, each.properties) in wanted)
    ]


def body(resource: Resource) -> Any:
    """The properties of a child, without the generic resource around them."""
    return at(resource.properties, "properties") if resource.type == GENERIC else resource.properties


def belongs(child: Resource, owner: Resource) -> bool | None:
    """Whether it is the registry's; None where that is not known yet."""
    owner_name = first(owner.properties, "name" if owner.type == CLASSIC else "registryName", *_NAMES)
    value = first(child.properties, *_OWNERS)
    made_of = [urn for key in _OWNERS for urn in child.property_dependencies.get(key, ())]
    if owner.urn in (*made_of, child.parent):
        return True
    if value is UNKNOWN or not isinstance(owner_name, str):
        return False if made_of else None
    return text(value).rstrip("/").rpartition("/")[2].lower() == owner_name.lower()
