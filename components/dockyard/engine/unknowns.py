"""The providers of an offline plan: every type is created, every answer unknown, and no plugin is started.

A stand-in for `providers.Registry` and for each `provider.Provider` in it. It answers as the CLI's engine
answers a preview for a provider without preview support: outputs are the inputs, the rest is not told.
"""

from collections.abc import Sequence

from dockyard.engine import urn as urns
from dockyard.engine import wire
from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.diff import Diff
from dockyard.engine.provider import Properties, Target
from dockyard.engine.providers import UNKNOWN_ID
from dockyard.engine.stubs import provider_pb2
from dockyard.engine.values import UNKNOWN

Problems = list[tuple[str, str]]


class Unknowns:
    """Answers for every provider, from many threads."""

    def get(self, reference: str) -> "Unknowns":
        """The provider of any reference."""
        return self

    def ensure(self, state: ResourceState) -> "Unknowns":
        """The provider of any provider resource."""
        return self

    def at_hand(self, package: str) -> bool:
        """Nothing has to be started."""
        return True

    def require(self, wanted: str) -> None:
        """Every type is at hand, those built into the CLI too."""

    def same(self, state: ResourceState, inputs: Properties) -> None:
        """Nothing to configure."""

    def check(
        self, target: Target, olds: Properties, news: Properties, *, preview: bool
    ) -> tuple[Properties, Problems]:
        return news, []

    def diff(
        self,
        target: Target,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore: Sequence[str] = (),
    ) -> Diff:
        """Different: what was imported is not known, so the program's word counts."""
        return Diff(changed=True)

    def diff_config(
        self, target: Target, old_inputs: Properties, old_outputs: Properties, news: Properties
    ) -> Diff:
        return Diff(changed=False)

    def create(self, target: Target, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """No id, as in any preview; only a reference to a provider needs one to be a reference."""
        return UNKNOWN_ID if urns.is_provider_type(urns.type_of(target.urn)) else "", dict(inputs)

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
        return dict(inputs)

    def read(
        self, target: Target, inputs: Properties, outputs: Properties
    ) -> tuple[str, Properties, Properties]:
        return target.id, inputs, dict(outputs)

    def delete(self, target: Target, inputs: Properties, outputs: Properties) -> None:
        """Nothing was made."""

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[None, Problems]:
        """Unknown as a whole."""
        return None, []

    def call(self, request: provider_pb2.CallRequest) -> provider_pb2.CallResponse:
        """A method's result, whatever it is: one unknown in it makes all of it unknown to the SDK."""
        answer = provider_pb2.CallResponse()
        getattr(answer, "return").CopyFrom(wire.encode({"result": UNKNOWN}))
        return answer
