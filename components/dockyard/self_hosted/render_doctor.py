"""What the doctor on the host looks at: places and secrets of one instance."""

from typing import TYPE_CHECKING

from dockyard.self_hosted.render_acme import certificate_kind, challenge_addresses
from dockyard.self_hosted.render_traefik import is_traefik, users_file

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

LOGS = ("registry.log", "front-error.log")


def containers_named(plan: "Plan") -> dict[str, str]:
    """What `dockyard.ops.processes` knows the containers' processes by; nothing without Docker."""
    if not plan.compose:
        return {}
    return {
        "file": f"{plan.paths.etc}/compose.yaml",
        "front": f"{plan.paths.front}/{'traefik.yml' if is_traefik(plan) else 'nginx.conf'}",
        "registry": f"{plan.paths.etc}/registry.yml",
    }


def looked_at(plan: "Plan", secrets: dict[str, str], backup: str) -> dict[str, object]:
    """secrets: files of the operations -> their owner. backup: the repository's folder; "" where it is not of this host."""
    paths, settings = plan.paths, plan.settings
    root = plan.root_account or ""
    passwords = users_file(plan) if is_traefik(plan) else f"{paths.front}/htpasswd"
    return {
        "nginx": "" if plan.compose else plan.facts.nginx,
        "front": paths.front,
        "front_run_file": f"{paths.run}/front/launch",
        "socket": paths.registry_socket,
        "listen": [*settings.listen_addresses, *challenge_addresses(plan)],
        "domain": settings.domain,
        "certificate": f"{paths.front}/tls/certificate.pem",
        "certificate_kind": certificate_kind(plan),
        "logs": paths.log,
        "log_files": [] if is_traefik(plan) else list(LOGS[1:] if plan.compose else LOGS),
        "backup": backup,
        "secrets": {
            passwords: root if is_traefik(plan) else plan.front_account or "",
            f"{paths.front}/tls/private.key": root,
            f"{paths.etc}/registry.yml": root,
            **secrets,
        },
    }
