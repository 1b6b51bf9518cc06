"""The providers of one operation: those running and configured, and `pulumi:providers:*` resources, whose
life is the engine's own.
"""

import threading
import uuid
from collections.abc import Sequence
from typing import Any

from dockyard.engine import goal as goals
from dockyard.engine import urn as urns
from dockyard.engine import values, wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.diff import Diff
from dockyard.engine.failure import ProviderError
from dockyard.engine.plugins import PluginHost
from dockyard.engine.provider import Properties, Provider, Target

_INTERNAL = "__internal"
UNKNOWN_ID = values.UNKNOWN_STRING


class Registry:
    """Configured providers by reference. It also stands in as the provider of provider resources: check,
    diff, create and so on.
    """

    def __init__(self, host: PluginHost) -> None:
        self._host = host
        self._live: dict[str, Provider] = {}
        self._checked: dict[str, Provider] = {}
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def get(self, reference: str) -> Provider | None:
        """The provider of a reference, None where it is not running."""
        return self._live.get(reference)

    def ensure(self, state: ResourceState) -> Provider:
        """The provider of a provider resource in the state, started with the configuration kept there."""
        reference = f"{state.urn}::{state.id}"
        with self._lock:
            loading = self._loading.setdefault(reference, threading.Lock())
        with loading:
            found = self._live.get(reference)
            if found is None:
                found = self._host.start(urns.package_of(state.type))
                self._configure(found, state.urn, state.id, state.inputs)
        return found

    def at_hand(self, package: str) -> bool:
        """True where the package's plugin can be started on this machine."""
        return self._host.at_hand(package)

    def require(self, wanted: str) -> None:
        """Raises DockyardError where the plugin for a type or function is not at hand."""
        package = urns.package_of(wanted)
        if package == urns.BUILT_IN:
            raise goals.unsupported(f"{wanted} (built into the CLI)")
        self._host.require(package)

    def same(self, state: ResourceState, inputs: Properties) -> None:
        """A provider resource stays as it is: configure the instance that checked it, with the inputs that
        the state holds.
        """
        with self._lock:
            checked = self._checked.pop(state.urn, None)
        if f"{state.urn}::{state.id}" in self._live:
            return
        provider = checked or self._host.start(urns.package_of(state.type))
        self._configure(provider, state.urn, state.id, inputs)

    def _configure(self, provider: Provider, urn: str, id_: str, inputs: Properties) -> None:
        provider.configure(Target(urn, id_), _visible(inputs))
        self._live[f"{urn}::{id_}"] = provider

    def _take(self, urn: str) -> Provider:
        with self._lock:
            checked = self._checked.pop(urn, None)
        return checked or self._host.start(urns.package_of(urns.type_of(urn)))

    def check(
        self, target: Target, olds: Properties, news: Properties, *, preview: bool
    ) -> tuple[Properties, list[tuple[str, str]]]:
        provider = self._take(target.urn)
        inputs, failures = provider.check_config(target, _visible(olds), _visible(news))
        with self._lock:
            self._checked[target.urn] = provider
        kept = {key: news[key] for key in ("version", _INTERNAL) if key in news}
        return {**inputs, **kept}, failures

    def diff(
        self,
        target: Target,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore: Sequence[str] = (),
    ) -> Diff:
        provider = self._checked.get(target.urn) or self._live.get(f"{target.urn}::{target.id}")
        if provider is None:
            raise ProviderError(f"the provider {target.urn} is not running")
        diff = provider.diff_config(target, _visible(old_inputs), old_outputs, _visible(news))
        if diff.changed is None:
            diff.changed = not wire.equal(old_outputs, _visible(news))
        return diff

    def create(self, target: Target, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        id_ = UNKNOWN_ID if preview else str(uuid.uuid4())
        self._configure(self._take(target.urn), target.urn, id_, inputs)
        return id_, _visible(inputs)

    def update(
        self,
        target: Target,
        old_inputs: Properties,
        old_outputs: Properties,
        inputs: Properties,
        *,
        preview: bool,
        ignore: Sequence[str] = (),
    ) -> Properties:
        self._configure(self._take(target.urn), target.urn, target.id, inputs)
        return _visible(inputs)

    def delete(self, target: Target, inputs: Properties, outputs: Properties) -> None:
        """Nothing to delete: the process ends with the operation."""

    def read(
        self, target: Target, inputs: Properties, outputs: Properties
    ) -> tuple[str, Properties, Properties]:
        raise ProviderError("a provider resource cannot be read")


def _visible(inputs: Properties) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def default_name(version: str) -> str:
    """The name of a package's default provider: `default`, `default_1_2_3`."""
    return f"default_{version.replace('.', '_')}" if version else "default"


def is_default(urn: str) -> bool:
    """True for a provider that no program made, by its name, as in Pulumi's `providers.IsDefaultProvider`."""
    name = urns.name_of(urn)
    return urns.is_provider_type(urns.type_of(urn)) and (name == "default" or name.startswith("default_"))
