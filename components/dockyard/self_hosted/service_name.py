"""What a service is called, by whatever runs it."""

from typing import TYPE_CHECKING

from dockyard.self_hosted.bundle import Runtime

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan


def service_name(plan: "Plan", service: str) -> str:
    """Under supervisord an instance has its own supervisord; under systemd all share one name space."""
    return service if plan.runtime is Runtime.SUPERVISOR else f"dockyard-{plan.instance}-{service}"
