"""Every policy pack that judges a stack, started while its program runs."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Diagnostic, Listener, Severity
from dockyard.engine.pack import PATIENCE, Log, Pack, Patience, environment
from dockyard.engine.pack_config import Level, Policy, Setup, configured
from dockyard.engine.session import served
from dockyard.engine.stubs import engine_pb2_grpc
from dockyard.engine.violations import Violation
from dockyard.engine.waivers import Waiver, read
from dockyard.errors import DockyardError, Problem, ProblemsError

CONFIG = "policy:config"
"""The configuration key of levels and thresholds, in the form of the CLI's `--policy-pack-config` files. No provider has
this namespace, so that the key reaches nobody else, and no project has to declare it.
"""
WAIVERS = "policy:waivers"
"""The configuration key of waivers."""
WAIVING = "waivers"
"""The policy that a pack has which knows waivers itself, and its one threshold: their list."""

# Another key may be a project's own.
_SIMILAR = 0.85


class Judge(Protocol):
    """Called once with every planned resource, providers and the stack itself among them, parents first; inputs hold
    `Secret` and `UNKNOWN`. Raises DockyardError where it cannot judge.
    """

    def __call__(self, resources: Sequence[ResourceState]) -> Sequence[Violation]: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a stack says of its policies. config: as the CLI takes it from a file."""

    config: Mapping[str, Any]
    waivers: tuple[Waiver, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, str], today: date) -> "Terms":
        """The terms in a stack's configuration. Raises ProblemsError."""
        problems = [
            Problem(key, "there is no such key", f"did you mean {near[0]}?")
            for key in config
            if key not in (CONFIG, WAIVERS)
            if (near := get_close_matches(key, (CONFIG, WAIVERS), 1, _SIMILAR))
        ]
        given = _object(config.get(CONFIG), CONFIG)
        if WAIVING in given:
            problems.append(Problem(f"{CONFIG}/{WAIVING}", f"waivers stand in {WAIVERS}"))
        if problems:
            raise ProblemsError("policies", problems)
        return cls(given, read(config.get(WAIVERS), WAIVERS, today))

    def for_cli(self) -> dict[str, Any]:
        """The same as a file for the CLI's `--policy-pack-config`."""
        waivers = [{**asdict(waiver), "until": waiver.until.isoformat()} for waiver in self.waivers]
        return {**self.config, **({WAIVING: {"list": waivers}} if waivers else {})}


def _object(setting: str | None, path: str) -> Mapping[str, Any]:
    try:
        given = json.loads(setting) if setting else {}
    except ValueError as error:
        raise DockyardError(f"{path}: is no JSON: {error}") from None
    if not isinstance(given, Mapping):
        raise ProblemsError("policies", [Problem(path, f"must be an object, got {given!r}")])
    return given


@contextlib.contextmanager
def jury(
    folders: Sequence[Path],
    project: str,
    stack: str,
    config: Mapping[str, Any],
    listener: Listener,
    patience: Patience = PATIENCE,
) -> Iterator[Judge]:
    """Packs that start at once and judge when they are called; they end with the context.

    config: as in `Terms`. Raises DockyardError.
    """
    with contextlib.ExitStack() as packs:
        address = packs.enter_context(
            served(lambda server: engine_pb2_grpc.add_EngineServicer_to_server(Log(listener), server), 4)
        )
        started = []
        for folder in folders:
            started.append(Pack(folder, address, environment(project, stack), listener, patience))
            packs.callback(started[-1].stop)

        def judge(resources: Sequence[ResourceState]) -> list[Violation]:
            policies = [pack.connect() for pack in started]
            setups = configured([policy for found in policies for policy in found], config, CONFIG)
            _tell_remedies(setups, listener)
            violations: list[Violation] = []
            for pack, found in zip(started, policies, strict=True):
                pack.configure(_setups(found, setups))
                violations += pack.judge(resources)
            return violations

        yield judge


def _setups(policies: Sequence[Policy], setups: Mapping[str, Setup]) -> dict[str, Setup]:
    return {policy.name: setups[policy.name] for policy in policies}


def _tell_remedies(setups: Mapping[str, Setup], listener: Listener) -> None:
    """A check changes no resource: what a remedy would mend is a violation here."""
    found = sorted(name for name, setup in setups.items() if setup.level is Level.REMEDIATE)
    if found:
        message = f"a check remedies nothing: judged as mandatory instead: {', '.join(found)}"
        listener(Diagnostic(Severity.WARNING, message))
