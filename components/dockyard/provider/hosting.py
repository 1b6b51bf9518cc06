"""The components, for programs in every Pulumi language: their part of the schema, and Construct.

Pulumi's own component host reads both from the annotations and docstrings of the classes. It cannot have resources of its own,
so the plugin's servicer hands Construct over to it.
"""

import functools
import importlib
import importlib.util
import json
from typing import Any

import grpc
import pulumi
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError, ProviderServicer

COMPONENTS = {
    "AcrRegistry": ("dockyard.azure.acr", "azure"),
    "EcrPublicRegistry": ("dockyard.aws.ecr_public", "aws"),
    "EcrRegistry": ("dockyard.aws.ecr", "aws"),
    "EcrRegistrySettings": ("dockyard.aws.ecr_settings", "aws"),
    "EcrVpcEndpoints": ("dockyard.aws.ecr_endpoints", "aws"),
    "GarRegistry": ("dockyard.gcp.gar", "gcp"),
    "PullAccess": ("dockyard.kubernetes.pull_access", "kubernetes"),
    "PullSecret": ("dockyard.kubernetes.pull_secret", "kubernetes"),
    "SelfHostedRegistry": ("dockyard.self_hosted.registry", ""),
}
"""Class -> its module, and the extra of this distribution that it needs."""
SDKS = {
    "": "dockyard",
    "aws": "pulumi_aws",
    "azure": "pulumi_azure_native",
    "gcp": "pulumi_gcp",
    "kubernetes": "pulumi_kubernetes",
}
"""Extra -> the package that it brings. Without that, the plugin has the other components only."""


def component_classes() -> list[type[pulumi.ComponentResource]]:
    """The components that can be made here."""
    return [
        getattr(importlib.import_module(module), name)
        for name, (module, extra) in COMPONENTS.items()
        if importlib.util.find_spec(SDKS[extra])
    ]


class Hosting:
    """Loads the components when they are first asked for: a cloud's SDK takes up to a second."""

    def __init__(self, version: str) -> None:
        self._version = version

    @functools.cached_property
    def _provider(self) -> ComponentProvider:
        return ComponentProvider(component_classes(), "dockyard", None, self._version)

    def schema(self) -> dict[str, Any]:
        """`resources` and `types` of the components."""
        made = json.loads(self._provider.schema or "{}")
        return {part: made[part] for part in ("resources", "types")}

    async def construct(self, request: Any, context: Any, engine: str | None) -> Any:
        """Makes one component. What it refuses is told without a traceback."""
        token = request.type
        name = token.removeprefix("dockyard:index:")
        if name not in COMPONENTS:
            text = f"dockyard {self._version} has no component {token}"
            await context.abort(grpc.StatusCode.NOT_FOUND, text)
        extra = COMPONENTS[name][1]
        if not importlib.util.find_spec(SDKS[extra]):
            text = f"{token} needs a package that is missing: pip install 'dockyard[{extra}]'"
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
        servicer = ProviderServicer(self._provider, [], engine_address=engine or "")
        try:
            return await servicer.Construct(request, context)
        except Exception as error:
            refusal = error.__context__
            if isinstance(refusal, ComponentInitError) and isinstance(refusal.inner, pulumi.RunError):
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal.inner))
            raise
