"""Plans that no host can run, by what its facts say."""

from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from dockyard.self_hosted import render_registry
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.firewall import refuse_without_root
from dockyard.self_hosted.paths import LONGEST_SOCKET
from dockyard.self_hosted.render_acme import refuse_hidden_hooks
from dockyard.self_hosted.render_compose import refuse_docker
from dockyard.self_hosted.storage import hidden_from_units

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan


def refuse_impossible(plan: "Plan") -> None:
    """Raises DockyardError for settings that this host cannot keep."""
    if plan.runtime is Runtime.SYSTEMD and not (plan.facts.root and plan.facts.systemd):
        raise DockyardError(
            "runtime: systemd needs root and a host that systemd runs",
            'leave `runtime` out, or set it to "supervisor"',
        )
    if plan.runtime is Runtime.SYSTEMD and hidden_from_units(plan.paths.store):
        raise DockyardError(
            f"storage: units of systemd have no access to {plan.paths.store}",
            "choose a folder outside /home, /root, /tmp and /var/tmp, such as /srv/registry",
        )
    backup = plan.settings.backup
    if plan.runtime is Runtime.SYSTEMD and backup and hidden_from_units(backup.repository or ""):
        raise DockyardError(
            f"backup/repository: units of systemd have no access to {backup.repository}",
            "choose a folder outside /home, /root, /tmp and /var/tmp, such as /srv/backup",
        )
    render_registry.refuse_hidden_program(plan)
    render_registry.configuration(plan, "")
    refuse_docker(plan)
    refuse_without_root(plan.settings.firewall, plan.facts.root)
    refuse_hidden_hooks(plan)
    limits = [name for name in ("memory_limit", "cpu_limit") if getattr(plan.settings, name)]
    if plan.chosen is Runtime.SUPERVISOR and limits:
        raise DockyardError(
            f"{', '.join(limits)}: supervisor cannot limit what a service uses",
            "leave it out here; systemd, for root on a host that it runs, can, and Docker",
        )
    if len(plan.paths.registry_socket.encode()) > LONGEST_SOCKET:
        raise DockyardError(
            f"the path of the registry's socket is too long: {plan.paths.registry_socket}",
            "use a shorter instance name",
        )
