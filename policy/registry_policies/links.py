"""How resources of a stack belong together, as far as that can be told before the deployment."""

from collections.abc import Iterable, Iterator, Sequence

from dockyard.checks.values import UNKNOWN, at, text

from registry_policies.rule import Resource


def of_type(resources: Iterable[Resource], *tokens: str) -> list[Resource]:
    return [each for each in resources if each.type in tokens]


def covered(children: Iterable[Resource], key: str, targets: Sequence[Resource]) -> set[str]:
    """URNs of the targets that one of the children belongs to, or may.

    key: the property of a child that holds the target's `name`. A child whose target is not known yet may belong to each of them, and to a
    target whose name is not known yet may belong every child that belongs to no other.
    """
    found: set[str] = set()
    for child in children:
        value = at(child.properties, key)
        made_of = child.refers_to(key)
        exact = {
            each.urn
            for each in targets
            if each.urn in made_of or (text(value) and value == at(each.properties, "name"))
        }
        later = {each.urn for each in targets if at(each.properties, "name") in (None, UNKNOWN)}
        found |= exact or (
            {each.urn for each in targets} if value is UNKNOWN else later if text(value) else set()
        )
    return found


def place(resource: Resource) -> tuple[str, str] | None:
    """The provider, "" for a default one, and the region that an AWS resource is in; None where the region is not known yet."""
    region = at(resource.properties, "region")
    if region is None:
        region = at(resource.provider_properties, "region")
    explicit = not resource.provider.rpartition("::")[2].startswith("default")
    return None if region is UNKNOWN else (resource.provider if explicit else "", text(region))


def same_place(one: Resource, other: Resource) -> bool | None:
    """Whether both are in one registry of AWS; None where that is not known yet."""
    places = place(one), place(other)
    return None if None in places else places[0] == places[1]


def known_as(resource: Resource) -> Iterator[str]:
    """The name that the cloud knows it by, where that is known."""
    found = at(resource.properties, "name") or at(resource.properties, "repositoryName")
    if isinstance(found, str):
        yield found
