"""up, preview, refresh and destroy: one function, from a stack's name to a result."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockyard.engine import changes as change_module
from dockyard.engine import deletes, plugins, process, program
from dockyard.engine import refresh as refresh_module
from dockyard.engine import urn as urns
from dockyard.engine.backend import Backend
from dockyard.engine.components import Components
from dockyard.engine.config import StackConfig
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Listener, Op, Output, Started, Summary
from dockyard.engine.executor import Executor
from dockyard.engine.monitor import EngineService, Monitor, serve
from dockyard.engine.planner import Planner
from dockyard.engine.project import Project
from dockyard.engine.providers import Registry
from dockyard.engine.reader import Reader
from dockyard.engine.store import StackStore
from dockyard.errors import DockyardError

VERBS = ("up", "preview", "refresh", "destroy")
_PER_CORE = 4
_ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Options:
    """How an operation is run.

    parallel: how many resources are worked on at once; 0 for the CLI's default, four per core.
    refresh: read what is before planning, as `--refresh` of the CLI.
    environment: variables for the program and the plugins, beside this process's own.
    """

    parallel: int = 0
    refresh: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended. outputs are the stack's, secrets as `Secret`; failures is empty where all went well."""

    counts: Mapping[Op, int]
    outputs: Mapping[str, Any]
    seconds: float
    failures: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.failures


@dataclass(slots=True)
class Session:
    """A deployment with all that serves it: plugins, planner, executor."""

    deployment: Deployment
    executor: Executor
    planner: Planner
    host: plugins.PluginHost
    environment: dict[str, str]


def deploy(verb: str, project: Project, session: Session) -> None:
    """Do a verb; what fails is recorded in the deployment."""
    deployment = session.deployment
    if verb == "refresh":
        refresh_module.refresh(deployment, session.executor)
    elif verb == "destroy":
        deletes.delete_all(deployment, session.executor, list(deployment.resources))
    elif _run_program(project, session) and not deployment.stopped:
        deletes.delete_all(deployment, session.executor, deletes.unwanted(deployment))


def _run_program(project: Project, session: Session) -> bool:
    """Run the program against the monitor. False where it, or anything that it registered, failed."""
    deployment = session.deployment
    components = Components(deployment, session.planner)
    engine = EngineService(deployment)
    monitor = Monitor(deployment, session.planner, Reader(deployment, session.planner, session.executor), components)
    server, address = serve(monitor, engine, _workers(deployment.parallel))
    components.address = session.host.engine_address = address
    settings = {
        "address": address,
        "project": deployment.project,
        "stack": deployment.stack,
        "organization": deployment.organization,
        "preview": deployment.preview,
        "parallel": deployment.parallel,
        "config": deployment.config,
        "secret_keys": deployment.secret_keys,
    }
    try:
        child = program.start(project, settings, session.environment, _tell(deployment, "program"))
        try:
            code = child.wait()
        finally:
            child.stop()
    finally:
        server.stop(None)
    if code != 0 and not deployment.failures:
        said = "" if engine.errors else f" (exit code {code})"
        deployment.fail("", f"the program failed{said}")
    return code == 0 and not deployment.failures


def _workers(parallel: int) -> int:
    """Threads of the monitor: each holds a registration while it waits, those of nested components among them."""
    return 8 * parallel + 32


def _tell(deployment: Deployment, source: str) -> process.OnLine:
    return lambda stream, line: deployment.emit(Output(source, stream, line))
