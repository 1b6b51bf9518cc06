"""What plugins do beside custom resources: functions (Invoke), methods (Call) and components that they host
(Construct).
"""

import dataclasses
from typing import Any

from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.deployment import Deployment
from dockyard.engine.goal import Goal
from dockyard.engine.planner import Planner
from dockyard.engine.provider import Properties, Provider
from dockyard.engine.stubs import provider_pb2, resource_pb2
from dockyard.engine.unknowns import Unknowns
from dockyard.errors import DockyardError


class Components:
    """Passes calls on to the plugins that serve them."""

    def __init__(self, deployment: Deployment, planner: Planner) -> None:
        self._deployment = deployment
        self._planner = planner
        self.address = ""

    def invoke(
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> tuple[Properties | None, list[tuple[str, str]]]:
        """Call a function: its result, None where that is unknown, and the problems in its arguments."""
        provider = self._provider(request.provider, request.tok, request.version)
        arguments = wire.downgrade(wire.decode(request.args))
        return provider.invoke(request.tok, arguments, preview=self._deployment.preview)

    def call(self, request: resource_pb2.ResourceCallRequest) -> provider_pb2.CallResponse:
        """Call a method of a component."""
        provider = self._provider(request.provider, request.tok, request.version)
        passed = provider_pb2.CallRequest(tok=request.tok, args=request.args, **self._info())
        for name, dependencies in request.argDependencies.items():
            passed.argDependencies[name].urns.extend(dependencies.urns)
        return provider.call(passed)

    def construct(
        self, request: resource_pb2.RegisterResourceRequest, goal: Goal
    ) -> resource_pb2.RegisterResourceResponse:
        """Have a plugin construct a component; it registers the component and what is in it with the
        monitor itself.
        """
        self._deployment.check_running()
        provider = self._provider(
            request.provider or request.providers.get(urns.package_of(goal.type), ""), goal.type, goal.version
        )
        if isinstance(provider, Unknowns):
            return self._stand_in(goal)
        passed = provider_pb2.ConstructRequest(
            type=goal.type,
            name=goal.name,
            parent=goal.parent,
            inputs=wire.encode(goal.inputs, wire.Accepts(outputs=True)),
            providers=dict(request.providers),
            dependencies=goal.dependencies,
            aliases=request.aliases,
            ignoreChanges=goal.ignore_changes,
            replaceOnChanges=goal.replace_on_changes,
            additionalSecretOutputs=goal.additional_secret_outputs,
            deletedWith=goal.deleted_with,
            replace_with=goal.replace_with,
            accepts_output_values=True,
            **self._info(),
        )
        _set_options(passed, request, goal)
        answer = provider.construct(passed)
        outputs = wire.decode(answer.state)
        response = resource_pb2.RegisterResourceResponse(
            urn=answer.urn, object=wire.encode(wire.downgrade(outputs))
        )
        for key, dependencies in answer.stateDependencies.items():
            response.propertyDependencies[key].urns.extend(dependencies.urns)
        for key, value in outputs.items():
            response.propertyDependencies[key].urns.extend(sorted(set(wire.dependencies(value))))
        return response

    def _stand_in(self, goal: Goal) -> resource_pb2.RegisterResourceResponse:
        """The component alone, all its outputs unknown: what is in it, only its plugin can tell."""
        inputs = wire.downgrade(goal.inputs)
        state = self._planner.register(dataclasses.replace(goal, inputs=inputs))
        self._deployment.warn(
            state.urn, f"{goal.name}: what {goal.type} consists of is known to its plugin alone"
        )
        return resource_pb2.RegisterResourceResponse(urn=state.urn)

    def _info(self) -> dict[str, Any]:
        deployment = self._deployment
        return {
            "project": deployment.project,
            "stack": deployment.stack,
            "organization": deployment.organization,
            "config": deployment.config,
            "configSecretKeys": deployment.secret_keys,
            "dryRun": deployment.preview,
            "parallel": deployment.parallel,
            "monitorEndpoint": self.address,
        }

    def _provider(self, reference: str, token: str, version: str) -> Provider | Unknowns:
        reference = reference or self._planner.default_provider(token, version)
        found = self._deployment.registry.get(reference)
        if found is None:
            raise DockyardError(f"unknown provider {reference!r} for {token}")
        return found


def _set_options(
    passed: provider_pb2.ConstructRequest, request: resource_pb2.RegisterResourceRequest, goal: Goal
) -> None:
    """Options that a plugin must be able to tell apart from "not said"."""
    for key, urns_ in goal.property_dependencies.items():
        passed.inputDependencies[key].urns.extend(urns_)
    if goal.protect is not None:
        passed.protect = goal.protect
    if goal.retain_on_delete is not None:
        passed.retainOnDelete = goal.retain_on_delete
    if goal.delete_before_replace is not None:
        passed.deleteBeforeReplace = goal.delete_before_replace
    if request.HasField("customTimeouts"):
        given = request.customTimeouts
        passed.customTimeouts.create = given.create
        passed.customTimeouts.update = given.update
        passed.customTimeouts.delete = given.delete
