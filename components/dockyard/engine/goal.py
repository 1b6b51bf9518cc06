"""What a program asks for: one resource, as its registration says, in the engine's own terms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.stubs import resource_pb2
from dockyard.errors import DockyardError

Properties = dict[str, Any]
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TRANSFORMS = "transforms"
CLI_HINT = "run this stack with the Pulumi CLI (`pulumi up`); the stack's state is shared"


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name that a resource had: a whole URN, or the parts that differ from today's."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(slots=True)
class Goal:
    """A resource as the program wants it. None in protect, retain_on_delete and delete_before_replace
    means: not said.
    """

    type: str
    name: str
    custom: bool
    inputs: Properties
    parent: str = ""
    provider: str = ""
    version: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    hide_diffs: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    import_id: str = ""
    timeouts: dict[str, float] = field(default_factory=dict)
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)


def from_request(request: resource_pb2.RegisterResourceRequest, *, offline: bool = False) -> Goal:
    """The goal of a registration. Raises DockyardError, naming it, for what the engine does not do.

    offline: a first plan without plugins, to which only what changes inputs matters.
    """
    refuse_unsupported(request, offline=offline)
    raw = wire.decode(request.object)
    dependencies = sorted(request.dependencies)
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=raw if request.remote else wire.downgrade(raw),
        parent=request.parent,
        provider=request.provider,
        version=request.version,
        dependencies=dependencies,
        property_dependencies=_property_dependencies(request, raw, dependencies),
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace
        if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
        else None,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        hide_diffs=list(request.hideDiffs),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[Alias(urn=urn) for urn in request.aliasURNs] + [_alias(alias) for alias in request.aliases],
        import_id=request.importId,
        timeouts=_timeouts(request),
        deleted_with=request.deletedWith,
        replace_with=list(request.replace_with),
    )


def refuse_unsupported(request: resource_pb2.RegisterResourceRequest, *, offline: bool = False) -> None:
    """Raises DockyardError where a registration uses what the engine does not do."""
    hooks = request.hooks.ListFields() if request.HasField("hooks") else ()
    used = {
        _TRANSFORMS: bool(request.transforms),
        "resource hooks": bool(hooks),
        "replacementTrigger": request.HasField("replacement_trigger"),
        "envVarMappings": bool(request.envVarMappings),
        "pluginDownloadURL": bool(request.pluginDownloadURL),
        "parameterized packages": bool(request.packageRef),
        "state migrations": bool(getattr(request, "state_migrations", ())),
    }
    names = [name for name, present in used.items() if present and (name == _TRANSFORMS or not offline)]
    if names:
        raise unsupported(f"{', '.join(names)} (resource {request.name!r}, {request.type})")


def unsupported(what: str) -> DockyardError:
    """The refusal of something by name."""
    return DockyardError(f"the embedded engine does not support {what}", CLI_HINT)


def _property_dependencies(
    request: resource_pb2.RegisterResourceRequest, raw: Properties, dependencies: list[str]
) -> dict[str, list[str]]:
    sent = request.propertyDependencies
    if not sent and not request.remote:
        found = {key: set(dependencies) for key in raw}
    else:
        found = {key: set(value.urns) for key, value in sent.items()}
    for key, value in raw.items():
        found.setdefault(key, set()).update(wire.dependencies(value))
    return {key: sorted(urns_) for key, urns_ in found.items()}


def _alias(alias: Any) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> dict[str, float]:
    if not request.HasField("customTimeouts"):
        return {}
    given = request.customTimeouts
    names = ("create", "update", "delete")
    return {name: seconds(getattr(given, name)) for name in names if getattr(given, name)}


def seconds(duration: str) -> float:
    """A duration as Go writes it ("1h30m", "500ms") in seconds. Raises DockyardError."""
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise DockyardError(
            f"customTimeouts: {duration!r} is not a duration", 'write it as "30s", "5m" or "1h30m"'
        )
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def alias_urns(goal: Goal, stack: str, project: str, found_parents: Mapping[str, str]) -> list[str]:
    """The URNs that a resource may have had: the ones it says first, then those it had under its parent's
    old name.

    found_parents: URN today -> URN in the state, for resources that were found by an alias.
    """
    said = [_alias_urn(alias, goal, stack, project, found_parents) for alias in goal.aliases]
    old_parent = found_parents.get(goal.parent, "")
    if not old_parent:
        return list(dict.fromkeys(said))
    names = [(goal.type, goal.name), *((urns.type_of(urn), urns.name_of(urn)) for urn in said)]
    parent_name = urns.name_of(goal.parent)
    inherited = [
        urns.make(stack, project, old_parent, type_, _renamed(name, parent_name, old_parent))
        for type_, name in names
    ]
    return list(dict.fromkeys(said + inherited))


def _renamed(name: str, parent_name: str, old_parent: str) -> str:
    """A child named after its parent is taken to have been renamed with it, as Pulumi does."""
    return urns.name_of(old_parent) + name.removeprefix(parent_name) if name.startswith(parent_name) else name


def _alias_urn(alias: Alias, goal: Goal, stack: str, project: str, found_parents: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = found_parents.get(alias.parent, alias.parent) or goal.parent
    return urns.make(
        alias.stack or stack,
        alias.project or project,
        "" if alias.no_parent else parent,
        alias.type or goal.type,
        alias.name or goal.name,
    )
