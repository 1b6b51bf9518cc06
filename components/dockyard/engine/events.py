"""What an operation tells its listener. Values in events are masked already: a secret is the text
"[secret]", an unknown "[unknown]".

Order: `Started`, then for each resource `StepStarted` and `StepDone` (a resource that stays the same has
`StepDone` alone), `Diagnostic` and `Output` at any time, `Summary` last. A listener is any callable that
takes one event; it is called from
one thread at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dockyard.engine.source import Source

SECRET = "[secret]"  # noqa: S105 -- what is shown in place of one
UNKNOWN = "[unknown]"


class Op(StrEnum):
    """What is done to a resource, as the CLI names it."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    DISCARD_REPLACED = "discard-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"
    REFRESH = "refresh"


class Severity(StrEnum):
    """How grave a diagnostic is. Debug messages are not events."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DiffKind(StrEnum):
    """What happens to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that differs. `path` is Pulumi's property path (`files["/etc/x"].mode`); old and new are
    masked.
    """

    path: str
    kind: DiffKind
    old: Any = None
    new: Any = None
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The operation begins. `verb` is up, preview, refresh or destroy."""

    verb: str
    project: str
    stack: str


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Work on a resource begins."""

    op: Op
    urn: str
    type: str
    name: str
    changes: tuple[PropertyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class StepDone:
    """Work on a resource ended. `seconds` is how long it took; `error` is "" where it went well.

    old_inputs, new_inputs, old_outputs and new_outputs are masked and may be empty.
    """

    op: Op
    urn: str
    type: str
    name: str
    id: str = ""
    parent: str = ""
    seconds: float = 0.0
    changes: tuple[PropertyChange, ...] = ()
    error: str = ""
    old_inputs: Mapping[str, Any] = field(default_factory=dict)
    new_inputs: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)
    new_outputs: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message for a person, about one resource or ("") the whole. `ephemeral` ones are progress that need
    not stay on screen. `source` is the line of the program that it is about, its file
    relative to the project, where that is known.
    """

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A line that the program or a plugin wrote. `source` is "program" or the plugin's name; `stream`
    stdout or stderr.
    """

    source: str
    stream: str
    line: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The end. `counts` has an entry per Op that occurred; `outputs` and `old_outputs` are the stack's,
    masked.
    """

    verb: str
    counts: Mapping[Op, int]
    seconds: float
    failed: bool
    outputs: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many resources were, or in a preview would be, changed: everything but same, read and refresh
        without drift.
        """
        return sum(count for op, count in self.counts.items() if op not in (Op.SAME, Op.READ, Op.REFRESH))


Event = Started | StepStarted | StepDone | Diagnostic | Output | Summary
Listener = Callable[[Event], None]
