"""The messages of the Analyzer protocol: resources as a pack is sent them, and what it answers.

Field by field as Pulumi's `sdk/go/common/resource/plugin/analyzer_plugin.go`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2

from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.pack_config import Level, Policy
from dockyard.engine.stubs import analyzer_pb2
from dockyard.engine.values import Secret
from dockyard.engine.violations import Violation

LEVELS: Final = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.REMEDIATE: analyzer_pb2.REMEDIATE,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
_NAMES = {number: level for level, number in LEVELS.items()}
_SEVERITIES = {0: "", 1: "low", 2: "medium", 3: "high", 4: "critical"}
# Packs know neither references to resources nor outputs: one that meets such a marker fails.
_ACCEPTS = wire.Accepts(resources=False)
_INTERNAL = "__"
_TIMEOUTS = ("create", "update", "delete")


def policies(info: Any) -> list[Policy]:
    """What a pack says that it holds."""
    return [_policy(found) for found in info.policies]


def _policy(info: Any) -> Policy:
    schema = {key: wire.decode_value(value) for key, value in info.configSchema.properties.fields.items()}
    required = tuple(info.configSchema.required)
    return Policy(info.name, info.description, _NAMES[info.enforcementLevel], schema, required)


def violations(answer: Any, urn: str, known: Collection[str]) -> Iterator[Violation]:
    """What an answer finds. urn: what was judged, "" for the stack; known: the URNs that there are."""
    for found in answer.diagnostics:
        blamed = found.urn if found.urn in known else urn
        # The SDK puts the description before each message.
        message = found.message.removeprefix(found.description).strip() or found.description
        mandatory = _NAMES[found.enforcementLevel] in (Level.MANDATORY, Level.REMEDIATE)
        severity = _SEVERITIES.get(found.severity, "")
        yield Violation(found.policyName, mandatory, message, blamed, found.description, severity)


def one(state: ResourceState, by_urn: Mapping[str, ResourceState]) -> Any:
    """The question about one resource."""
    return analyzer_pb2.AnalyzeRequest(**_common(state, by_urn, state.inputs))


def all_of(resources: Sequence[ResourceState], by_urn: Mapping[str, ResourceState]) -> Any:
    """The question about all resources together: with their outputs, which hold a resource's inputs and not a component's."""
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                **_common(state, by_urn, state.outputs),
                parent=state.parent,
                dependencies=state.dependencies,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=found)
                    for key, found in state.property_dependencies.items()
                    if found
                },
            )
            for state in resources
        ]
    )


def _common(
    state: ResourceState, by_urn: Mapping[str, ResourceState], properties: Mapping[str, Any]
) -> dict[str, Any]:
    """What both questions say of a resource."""
    provider = by_urn.get(urns.split_reference(state.provider)[0]) if state.provider else None
    return {
        **_named(state, properties),
        "options": analyzer_pb2.AnalyzerResourceOptions(
            protect=state.protect,
            ignoreChanges=state.extra.get("ignoreChanges", ()),
            additionalSecretOutputs=state.additional_secret_outputs,
            aliases=state.aliases,
            customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(
                **{key: found for key, found in state.custom_timeouts.items() if key in _TIMEOUTS}
            ),
            parent=state.parent,
        ),
        "provider": provider and analyzer_pb2.AnalyzerProviderResource(**_named(provider, provider.inputs)),
    }


def _named(state: ResourceState, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "urn": state.urn,
        "type": state.type,
        "name": urns.name_of(state.urn),
        "properties": _struct(properties),
    }


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return wire.encode(_public(properties), _ACCEPTS)


def _public(value: Any) -> Any:
    """Without what engines and SDKs keep for themselves, at any depth."""
    if isinstance(value, Mapping):
        return {key: _public(item) for key, item in value.items() if not key.startswith(_INTERNAL)}
    if isinstance(value, Secret):
        return Secret(_public(value.value))
    return [_public(item) for item in value] if isinstance(value, list) else value
