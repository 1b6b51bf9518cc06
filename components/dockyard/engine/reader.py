"""Resources that a program looks up (`Thing.get(name, id)`): read, kept in the state as external, never
changed or deleted.
"""

from typing import Any

from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Op
from dockyard.engine.executor import Executor, Step, concluded
from dockyard.engine.planner import Planner
from dockyard.engine.values import UNKNOWN_STRING
from dockyard.errors import DockyardError


class Reader:
    """Serves ReadResource."""

    def __init__(self, deployment: Deployment, planner: Planner, executor: Executor) -> None:
        self._deployment = deployment
        self._planner = planner
        self._executor = executor

    def read(self, request: Any) -> ResourceState:
        """Read the resource of a request. Raises Stopped."""
        deployment = self._deployment
        deployment.check_running()
        urn = urns.make(deployment.stack, deployment.project, request.parent, request.type, request.name)
        return concluded(deployment, urn, lambda: self._read(urn, request))

    def _read(self, urn: str, request: Any) -> ResourceState:
        deployment = self._deployment
        reference = request.provider or self._planner.default_provider(request.type, request.version)
        provider = deployment.registry.get(reference)
        if provider is None:
            raise DockyardError(f"unknown provider {reference!r} for {urn}")
        with deployment.lock:
            if urn in deployment.registered:
                raise DockyardError(f"two resources have the same URN {urn}", "give one of them another name")
            deployment.registered.add(urn)
            old = deployment.olds.get(urn)
        new = ResourceState(
            urn=urn,
            type=request.type,
            custom=True,
            id=request.id,
            inputs=wire.downgrade(wire.decode(request.properties)),
            parent=request.parent,
            dependencies=sorted(request.dependencies),
            provider=reference,
            external=True,
            additional_secret_outputs=list(request.additionalSecretOutputs),
            created=old.created if old else None,
            modified=old.modified if old else None,
        )
        if request.id == UNKNOWN_STRING:
            return new
        condemn = old is not None and not old.external and old.id != request.id
        self._executor.read(
            Step(Op.READ_REPLACEMENT if condemn else Op.READ, old, new), provider, condemn=condemn
        )
        return new
