"""Units of systemd, brought up to date by the agent itself: where one step on the host must not be parted from the next."""

import subprocess

from dockyard.errors import DockyardError
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record, wanted_digests
from dockyard.provider.agent.services import needs, running
from dockyard.self_hosted.bundle import unit_of

LINES = 10


def stop_gone(plan: Plan) -> list[str]:
    """Stops the units that are no longer in the bundle; their files are still there."""
    if plan.old is None:
        return []
    kept = {service.name for service in plan.bundle.services}
    gone = [service.name for service in plan.old.services if service.name not in kept]
    for name in gone:
        _systemctl("disable", "--now", unit_of(name))
    return [f"stopped {name}" for name in gone]


def apply_units(plan: Plan, record: Record) -> list[str]:
    """Enables every unit; starts, restarts or reloads those that need it. Containers are none."""
    if record.loaded.get("units") != wanted_digests(plan.bundle)["units"]:
        _systemctl("daemon-reload")
    own = [service.name for service in plan.bundle.services if not service.container]
    found = [it for it in needs(plan.bundle, record, set(running(plan.bundle))) if it.service in own]
    for name in own:
        _systemctl("enable", unit_of(name))
    for need in found:
        _systemctl(need.action, unit_of(need.service))
    return [f"{need.action}ed {need.service}" for need in found]


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", *arguments]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()[-LINES:]
        raise DockyardError("\n    ".join([f"systemctl {' '.join(arguments)} failed:", *lines]))
