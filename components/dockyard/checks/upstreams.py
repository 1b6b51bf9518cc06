"""Where a registry that keeps copies takes them from."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dockyard.checks.acr import GENERIC, generic_type
from dockyard.checks.values import UNKNOWN, at, text

DOCKER_HUB = "registry-1.docker.io"
_FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": (("upstreamRegistryUrl",),),
    "azure-native:containerregistry:CacheRule": (("sourceRepository",),),
    "azure:containerservice/registryCacheRule:RegistryCacheRule": (("sourceRepo",),),
    "gcp:artifactregistry/repository:Repository": (
        ("remoteRepositoryConfig", "commonRepository", "uri"),
        ("remoteRepositoryConfig", "dockerRepository", "customRepository", "uri"),
    ),
}
TYPES = (*_FIELDS, GENERIC)
_HUB = ("docker.io", "index.docker.io", "hub.docker.com")


def addresses(resource_type: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """What is copied, as it is written: with or without https://, with or without a path."""
    if generic_type(resource_type, properties) == "microsoft.containerregistry/registries/cacherules":
        yield text(at(properties, "properties", "sourceRepository"))
    for path in _FIELDS.get(resource_type, ()):
        yield text(at(properties, *path))
    public = at(properties, "remoteRepositoryConfig", "dockerRepository", "publicRepository")
    if public is not UNKNOWN and public == "DOCKER_HUB":
        yield DOCKER_HUB


def host(address: str) -> str:
    """The registry in an address, Docker Hub always by one name."""
    found = re.sub(r"^[a-z]+://", "", address.strip().lower()).partition("/")[0]
    return DOCKER_HUB if found in _HUB else found


def untrusted(resource_type: str, properties: Mapping[str, Any], allowed: Collection[str]) -> Iterator[str]:
    """Registries that are not on the list, and those that are asked without TLS. allowed: none for all of them."""
    for address in filter(None, addresses(resource_type, properties)):
        name = host(address)
        if address.strip().lower().startswith("http://"):
            yield f"copies come from {name!r} without TLS: use https://"
        if allowed and name not in map(host, allowed):
            yield f"{name!r} is not among the registries that are trusted: copy from one that is, or list it in allowed"
