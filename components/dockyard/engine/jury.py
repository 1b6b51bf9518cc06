"""Every policy pack that judges a stack, started while its program runs."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from dockyard.engine.checkpoint import ResourceState
from dockyard.engine.events import Listener
from dockyard.engine.pack import Log, Pack, Violation, environment
from dockyard.engine.pack_config import configured
from dockyard.engine.session import served
from dockyard.engine.stubs import engine_pb2_grpc
from dockyard.errors import DockyardError

SETTING = "policies"
"""The configuration key, in the project's namespace, that holds levels and thresholds."""


class Judge(Protocol):
    """Called once with every planned resource, providers and the stack itself among them, parents first; inputs hold
    `Secret` and `UNKNOWN`. Raises DockyardError where it cannot judge.
    """

    def __call__(self, resources: Sequence[ResourceState]) -> Sequence[Violation]: ...


@contextlib.contextmanager
def jury(
    folders: Sequence[Path], project: str, stack: str, setting: str | None, listener: Listener
) -> Iterator[Judge]:
    """Packs that start at once and judge when they are called; they end with the context.

    setting: what the stack sets for SETTING, as JSON. Raises DockyardError.
    """
    given = _read(setting, f"{project}:{SETTING}")
    with contextlib.ExitStack() as packs:
        address = packs.enter_context(
            served(lambda server: engine_pb2_grpc.add_EngineServicer_to_server(Log(listener), server), 4)
        )
        started = []
        for folder in folders:
            started.append(Pack(folder, address, environment(project, stack), listener))
            packs.callback(started[-1].stop)

        def judge(resources: Sequence[ResourceState]) -> list[Violation]:
            policies = [pack.connect() for pack in started]
            setups = configured(
                [policy for found in policies for policy in found], given, f"{project}:{SETTING}"
            )
            violations: list[Violation] = []
            for pack, found in zip(started, policies, strict=True):
                pack.configure({policy.name: setups[policy.name] for policy in found})
                violations += pack.judge(resources)
            return violations

        yield judge


def _read(setting: str | None, path: str) -> Any:
    try:
        return json.loads(setting) if setting else {}
    except ValueError as error:
        raise DockyardError(f"{path}: is no JSON: {error}") from None
