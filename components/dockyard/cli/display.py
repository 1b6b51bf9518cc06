"""What a person sees while an operation runs: progress on standard error, live on a terminal, line by line elsewhere."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from dockyard.engine.events import (
    Diagnostic,
    Event,
    Listener,
    Op,
    Output,
    Severity,
    Started,
    StepDone,
    StepStarted,
    Summary,
)
from dockyard.engine.operation import Result

SYMBOLS = {Op.CREATE: "+", Op.UPDATE: "~", Op.DELETE: "-", Op.REPLACE: "±", Op.REFRESH: "~", Op.SAME: " "}
DONE = {
    "up": {
        Op.CREATE: "created",
        Op.UPDATE: "updated",
        Op.DELETE: "deleted",
        Op.REPLACE: "replaced",
        Op.SAME: "unchanged",
    },
    "preview": {
        Op.CREATE: "to create",
        Op.UPDATE: "to update",
        Op.DELETE: "to delete",
        Op.REPLACE: "to replace",
        Op.SAME: "unchanged",
    },
}
COLOURS = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "red"}
QUIET_OPS = (Op.SAME, Op.READ, Op.REFRESH)


@contextlib.contextmanager
def for_terminal(verb: str, *, quiet: bool = False) -> Iterator[Listener]:
    """A listener that shows events; with `quiet` only what went wrong."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    screen = Screen(console, verb, quiet)
    if not console.is_terminal or quiet:
        yield screen.take
        return
    with Live(screen, console=console, refresh_per_second=8, transient=True):
        yield screen.take


@dataclass
class Screen:
    """Finished steps as lines, running ones as a live table below them."""

    console: Console
    verb: str
    quiet: bool
    running: dict[str, tuple[StepStarted, float]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """What was said of each step that failed: the engine says it again for the whole operation."""

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for urn, (step, since) in self.running.items():
            seconds = f"{time.monotonic() - since:.0f}s"
            table.add_row(
                SYMBOLS.get(step.op, "·"), short_type(step.type), step.name, self.status.get(urn, ""), seconds
            )
        return table

    def take(self, event: Event) -> None:
        match event:
            case StepStarted():
                self.running[event.urn] = (event, time.monotonic())
            case StepDone():
                self.running.pop(event.urn, None)
                self._step(event)
            case Diagnostic():
                self._diagnostic(event)
            case Output() if not self.quiet:
                self.console.print(f"  {event.line}", markup=False)
            case Summary() if not self.quiet:
                line = summary_line(event, len(self.failed))
                self.console.print(line, style="red" if event.failed else "")
            case _:
                pass

    def _step(self, step: StepDone) -> None:
        if self.quiet and not step.error:
            return
        if step.op in QUIET_OPS and not step.error and not step.changes:
            return
        paths = ", ".join(change.path for change in step.changes[:6])
        more = f" and {len(step.changes) - 6} more" if len(step.changes) > 6 else ""
        detail = f" [{paths}{more}]" if paths and step.op in (Op.UPDATE, Op.REPLACE, Op.REFRESH) else ""
        seconds = f" ({step.seconds:.1f}s)" if step.seconds >= 0.1 else ""
        line = f"{SYMBOLS.get(step.op, '·')} {short_type(step.type)} {step.name}{detail}{seconds}"
        self.console.print(escape(line) + (" [red]failed[/]" if step.error else ""))
        if step.error:
            self.failed[step.urn] = step.error
            self.console.print(f"  [red]error:[/] {escape(step.error)}")

    def _diagnostic(self, message: Diagnostic) -> None:
        if message.ephemeral and self.console.is_terminal:
            self.status[message.urn] = message.message
            return
        if self.quiet and message.severity is not Severity.ERROR:
            return
        told = self.failed.get(message.urn)
        if told and told in message.message:
            return
        colour = COLOURS[message.severity]
        label = "" if message.severity is Severity.INFO else f"[{colour}]{message.severity.value}:[/] "
        self.console.print(f"  {label}{escape(message.message.rstrip())}")


def short_type(token: str) -> str:
    """dockyard:index:Host to Host; other packages keep their name."""
    package, _, rest = token.partition(":")
    kind = rest.rpartition(":")[2]
    return kind if package in ("dockyard", "pulumi") else f"{package} {kind}"


def summary_line(summary: Summary, failed_steps: int = 0) -> str:
    """`3 created, 1 updated, 4 unchanged in 2.1 s`, or `no changes`; `failed: 4 unchanged, 1 failed in 2.1 s`."""
    words = DONE["preview" if summary.verb == "preview" else "up"]
    if not summary.changed and not summary.failed:
        return f"no changes ({summary.seconds:.1f} s)"
    counts = [f"{count} {words.get(op, op.value)}" for op, count in summary.counts.items() if count]
    counts += [f"{failed_steps} failed"] if failed_steps else []
    failed = "failed: " if summary.failed else ""
    return f"{failed}{', '.join(counts) or 'nothing done'} in {summary.seconds:.1f} s"


class Recorder:
    """Keeps what `--json` prints, and passes events on."""

    def __init__(self, then: Listener) -> None:
        self._then = then
        self._started: Started | None = None
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, Any]] = []
        self._summary: Summary | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._started = event
            case StepDone():
                self._steps.append(step_json(event))
            case Diagnostic() if not event.ephemeral:
                self._diagnostics.append(diagnostic_json(event))
            case Summary():
                self._summary = event
            case _:
                pass
        self._then(event)

    def to_json(self, result: Result) -> str:
        """The contract of `--json`; README.md describes it."""
        document = {
            "verb": self._started.verb if self._started else "",
            "project": self._started.project if self._started else "",
            "stack": self._started.stack if self._started else "",
            "engine": "embedded",
            "ok": result.ok,
            "changes": {op.value: count for op, count in result.counts.items()},
            "seconds": round(result.seconds, 3),
            "resources": self._steps,
            "diagnostics": self._diagnostics,
            "failures": list(result.failures),
            "outputs": dict(self._summary.outputs) if self._summary else {},
        }
        return json.dumps(document, indent=2, default=str)


def step_json(step: StepDone) -> dict[str, Any]:
    return {
        "op": step.op.value,
        "urn": step.urn,
        "type": step.type,
        "name": step.name,
        "seconds": round(step.seconds, 3),
        "changes": [asdict(change) for change in step.changes],
        "error": step.error,
    }


def diagnostic_json(said: Diagnostic) -> dict[str, Any]:
    source = said.source._asdict() if said.source else None
    return {"severity": said.severity.value, "message": said.message, "urn": said.urn, "source": source}
