"""What is to be installed on the host."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dockyard.self_hosted import render_registry
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.facts import SYSTEM_PYTHON
from dockyard.self_hosted.render_acme import acme_of
from dockyard.self_hosted.render_ops import ops_packages

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

PACKAGES = {"apt": ("nginx", "python3"), "dnf": ("nginx",)}
SERVICES = ("docker-registry", "nginx")
TIME_DAEMONS = {"apt": ("chrony", "systemd-timesyncd", "ntpsec", "openntpd", "ntp"), "dnf": ()}
"""What Debian and Ubuntu call `time-daemon`. The distributions of dnf bring chrony by themselves."""


def packages(plan: "Plan") -> dict[str, Any]:
    """The bundle's fields: only root can install."""
    if not plan.facts.root:
        return {}
    manager, more = plan.facts.package_manager, _supervisor(plan)
    return {
        "packages": (*render_registry.packages(plan), *PACKAGES[manager], *ops_packages(plan), *more),
        "package_manager": manager,
        "package_services": (*SERVICES, *_timers(plan), *more),
        "time_daemons": TIME_DAEMONS[manager] if plan.settings.time_sync else (),
    }


def _timers(plan: "Plan") -> tuple[str, ...]:
    """certbot's own timer renews what is in /etc/letsencrypt: nothing of ours."""
    return ("certbot.timer",) if acme_of(plan) else ()


def _supervisor(plan: "Plan") -> tuple[str, ...]:
    """This machine has supervisord in our own environment; another one needs its distribution's, unless its Python is one of its own."""
    return ("supervisor",) if supervisor_binaries(plan) and plan.facts.python == SYSTEM_PYTHON else ()


def supervisor_binaries(plan: "Plan") -> tuple[str, ...]:
    """supervisord of another host: beside the Python that runs it."""
    there = plan.facts.remote and plan.runtime is Runtime.SUPERVISOR
    return (str(PurePosixPath(plan.facts.python).with_name("supervisord")),) if there else ()
