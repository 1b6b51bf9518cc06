"""Pods in the resources of Kubernetes that make them.

Sources: "Pods", "Configure a Security Context for a Pod or Container", "Pod Security Standards" (Kubernetes documentation).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from dockyard.checks.values import UNKNOWN, at, many, text

_TEMPLATE = ("spec", "template", "spec")
_SPECS = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
}
TYPES = tuple(f"kubernetes:*:{kind}{end}" for kind in _SPECS for end in ("", "List"))
"""Type tokens of what makes pods, one by one and as lists. Files and charts make such resources in their turn."""
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


class Container(NamedTuple):
    """A container with its pod. label: how a person finds it."""

    label: str
    content: Any
    pod: Any

    def setting(self, key: str) -> Any:
        """Of its security context, or else of its pod's; UNKNOWN where either may hold it."""
        own = at(self.content, "securityContext", key)
        return at(self.pod, "securityContext", key) if own is None else own


def pods(resource_type: str, properties: Any) -> Iterator[Any]:
    """The specs of the pods that a resource makes, as far as they are known."""
    kind = resource_type.rpartition(":")[2]
    path = _SPECS.get(kind.removesuffix("List"))
    if path is None:
        return
    for made in many(at(properties, "items")) if kind.endswith("List") else [properties]:
        spec = at(made, *path)
        if spec is not UNKNOWN and spec is not None:
            yield spec


def containers(resource_type: str, properties: Any) -> Iterator[Container]:
    """Every container of a resource, those that only prepare it among them, as far as they are known."""
    for spec in pods(resource_type, properties):
        for key in _CONTAINERS:
            for index, content in enumerate(many(at(spec, key))):
                if content is not UNKNOWN:
                    yield Container(
                        f"container {text(at(content, 'name')) or f'{key}[{index}]'}", content, spec
                    )
