"""What each resource of the plugin answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from dockyard.errors import DockyardError, Problem

Properties = dict[str, Any]
"""Property values as in `dockyard.engine.values`."""


class Change(Enum):
    """What became of one property; the values are names of Pulumi's PropertyDiff.Kind."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"
    UPDATE_REPLACE = "UPDATE_REPLACE"


@dataclass(frozen=True)
class Difference:
    """How the wanted resource differs from what there is; empty where it does not."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    """Property path (`files["/etc/a.conf"].content`) -> what became of it."""
    delete_first: bool = True
    """Whether a replacement deletes the old one before it makes the new one."""


class PartialError(DockyardError):
    """Something was made, then it failed: the engine records the resource with these properties, and the next `up` goes on."""

    def __init__(self, error: DockyardError, properties: Mapping[str, Any], id_: str) -> None:
        super().__init__(error.message, error.hint)
        self.properties = properties
        self.id = id_


@dataclass(frozen=True)
class Call:
    """The circumstances of one request."""

    name: str
    """The resource's name in the program."""
    urn: str = ""
    log: Callable[[str, bool], None] = lambda text, status: None
    """Shows a line to the person who waits; the second argument is True for a passing status line."""
    cancelled: Callable[[], bool] = lambda: False
    """True once the engine asked to stop."""


class Resource(Protocol):
    """One type of custom resource. Methods raise DockyardError with a text for the user."""

    def check(self, call: Call, news: Properties) -> list[Problem]:
        """Everything that is wrong with the inputs; unknown values are not judged. Fills in defaults."""

    def diff(self, call: Call, id_: str, olds: Properties, news: Properties) -> Difference:
        """olds: the outputs as recorded. news: the inputs wanted, checked."""

    def create(self, call: Call, news: Properties, preview: bool) -> tuple[str, Properties]:
        """Makes it; gives the id and the outputs. In a preview nothing is made and the id is not used."""

    def update(self, call: Call, id_: str, olds: Properties, news: Properties, preview: bool) -> Properties:
        """Changes it in place; gives the outputs."""

    def read(self, call: Call, id_: str, outputs: Properties) -> Properties:
        """The outputs as they really are."""

    def delete(self, call: Call, id_: str, outputs: Properties) -> None:
        """Removes it; what is gone already is no error."""
