"""A Host resource, driven as an engine does."""

from dataclasses import dataclass, field

from dockyard.provider.host import Host
from dockyard.provider.resource import Call, Difference, PartialError, Properties


@dataclass(kw_only=True)
class Driven:
    """One resource, its state, and what it said."""

    host: Host = field(default_factory=Host)
    lines: list[str] = field(default_factory=list)
    id: str = ""
    outputs: Properties = field(default_factory=dict)

    def apply(self, call: Call, inputs: Properties) -> Difference:
        """Creates, or compares and updates where something differs. After a failure the state is what it was, but for an id."""
        self.lines.clear()
        if not self.id:
            try:
                self.id, self.outputs = self.host.create(call, inputs, preview=False)
            except PartialError as error:
                self.id, self.outputs = error.id, dict(error.properties)
                raise
            return Difference()
        difference = self.host.diff(call, self.id, self.outputs, inputs)
        if difference.changes:
            self.outputs = self.host.update(call, self.id, self.outputs, inputs, preview=False)
        return difference
