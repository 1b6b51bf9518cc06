"""A deployment that plans a program with nothing known and nobody asked."""

from dockyard.engine.config import StackConfig
from dockyard.engine.deployment import ORGANIZATION, Deployment, default_parallel
from dockyard.engine.events import Listener
from dockyard.engine.project import Project
from dockyard.engine.session import Session
from dockyard.engine.unknowns import Unknowns

PLANNED_OFFLINE = "DOCKYARD_CHECK"
"""Set for a program that is only planned: the machine that plans it says nothing about the machine that it is for."""


def offline(
    project: Project, stack: str, config: StackConfig, environment: dict[str, str], listener: Listener
) -> Session:
    """A session of a preview without state and providers: every resource is created, every output that is no
    input is unknown. It reads nothing but the program and starts nothing else.
    """
    deployment = Deployment(
        project=project.name,
        stack=stack,
        organization=ORGANIZATION,
        preview=True,
        parallel=default_parallel(),
        config=config.config,
        secret_keys=config.secret_keys,
        registry=Unknowns(),
        store=None,
        resources=[],
        listener=listener,
    )
    return Session.of(deployment, {**environment, PLANNED_OFFLINE: "1"})
