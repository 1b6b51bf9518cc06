"""A deployment with all that serves it: what a verb does, once the state is open."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

from dockyard.engine import deletes, process, program
from dockyard.engine import refresh as refresh_module
from dockyard.engine.components import Components
from dockyard.engine.deployment import Deployment
from dockyard.engine.events import Output
from dockyard.engine.executor import Executor
from dockyard.engine.monitor import EngineService, Monitor
from dockyard.engine.planner import Planner
from dockyard.engine.project import Project
from dockyard.engine.provider import CHANNEL_OPTIONS
from dockyard.engine.reader import Reader

Register = Callable[[grpc.Server], None]
PROGRAM_FAILED = "the program failed"


@dataclass(slots=True)
class Session:
    """A deployment, who works on it, and the environment that programs and plugins get."""

    deployment: Deployment
    executor: Executor
    planner: Planner
    environment: dict[str, str]

    @classmethod
    def of(cls, deployment: Deployment, environment: dict[str, str]) -> "Session":
        """A session with workers for the deployment."""
        executor = Executor(deployment)
        return cls(deployment, executor, Planner(deployment, executor), environment)


def deploy(verb: str, project: Project, session: Session) -> None:
    """Do a verb; what fails is recorded in the deployment."""
    deployment = session.deployment
    if verb == "refresh":
        refresh_module.refresh(deployment, session.executor)
    elif verb == "destroy":
        deletes.delete_all(deployment, session.executor, list(deployment.resources))
    elif _run_program(project, session):
        deletes.delete_all(deployment, session.executor, deletes.unwanted(deployment))


def _run_program(project: Project, session: Session) -> bool:
    """Run the program against the monitor. False where it, or anything that it registered, failed."""
    deployment = session.deployment
    components = Components(deployment, session.planner)
    engine = EngineService(deployment)
    monitor = Monitor(
        deployment, session.planner, Reader(deployment, session.planner, session.executor), components
    )

    def register(server: grpc.Server) -> None:
        monitor.add_to(server)
        engine.add_to(server)

    with served(register, _workers(deployment.parallel)) as address:
        components.address = address
        settings = program_settings(deployment, address, preview=deployment.preview)
        child = program.start(project, settings, session.environment, _tell(deployment, "program"))
        try:
            code = child.wait()
        except KeyboardInterrupt:
            deployment.fail("", "interrupted; steps that run are finished")
            code = 1
        finally:
            child.stop()
    if code != 0 and not deployment.failures:
        said = "" if engine.errors else f" (exit code {code})"
        deployment.fail("", f"{PROGRAM_FAILED}{said}")
    return code == 0 and not deployment.failures


def program_settings(deployment: Deployment, address: str, *, preview: bool) -> dict[str, Any]:
    """What run_program.py reads."""
    return {
        "address": address,
        "project": deployment.project,
        "stack": deployment.stack,
        "organization": deployment.organization,
        "preview": preview,
        "parallel": deployment.parallel,
        "config": deployment.config,
        "secret_keys": deployment.secret_keys,
        "offline": deployment.offline,
    }


@contextlib.contextmanager
def served(register: Register, workers: int) -> Iterator[str]:
    """A server on a free port of the loopback interface: its address. On leaving, calls that run are
    finished.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="monitor")
    server = grpc.server(pool, options=[*CHANNEL_OPTIONS, ("grpc.so_reuseport", 0)])
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
        pool.shutdown(wait=True)


def _workers(parallel: int) -> int:
    """Threads of the monitor: each holds a registration while it waits, those of nested components among
    them.
    """
    return 8 * parallel + 32


def _tell(deployment: Deployment, source: str) -> process.OnLine:
    return lambda stream, line: deployment.emit(Output(source, stream, line))
