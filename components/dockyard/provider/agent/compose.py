"""The steps of an apply that only a bundle with containers has."""

from dockyard.provider.agent import containers, docker
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record
from dockyard.provider.agent.services import needs, running


def prepare(plan: Plan, record: Record) -> list[str]:
    """Before the operations start, which use the image's program, and the containers, which write to what others may have left."""
    if plan.bundle.containers:
        docker.give(plan.bundle.containers)
    done = docker.copy_program(plan.bundle, record)
    record.save(plan.record)
    return done


def start(plan: Plan, record: Record) -> list[str]:
    """Each container as compose.yaml says, and with what it should have loaded."""
    wanted = {need.service: need.action for need in needs(plan.bundle, record, set(running(plan.bundle)))}
    names = {service.name for service in containers.contained(plan.bundle)}
    return list(containers.apply(plan, record, {n: a for n, a in wanted.items() if n in names}))
