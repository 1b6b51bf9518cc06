"""What the doctor on the host looks at: places and secrets of one instance."""

from typing import TYPE_CHECKING

from dockyard.self_hosted.bundle import Runtime, unit_of
from dockyard.self_hosted.render_acme import certificate_kind, challenge_addresses
from dockyard.self_hosted.render_traefik import is_traefik, users_file
from dockyard.self_hosted.service_name import service_name

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

LOGS = ("registry.log", "front-error.log")


def containers_named(plan: "Plan") -> dict[str, str]:
    """What `dockyard.ops.processes` knows the containers' processes by; nothing without Docker."""
    if not plan.compose:
        return {}
    file = "traefik.yml" if is_traefik(plan) else "nginx.conf"
    front = {} if plan.alone else {"front": f"{plan.paths.front}/{file}"}
    return {
        "file": f"{plan.paths.etc}/compose.yaml",
        **front,
        "registry": f"{plan.paths.etc}/registry.yml",
    }


def journalled(plan: "Plan") -> dict[str, str]:
    """Service -> its unit, whose output the journal keeps; nothing without systemd."""
    if plan.compose or plan.runtime is not Runtime.SYSTEMD:
        return {}
    return {name: unit_of(service_name(plan, name)) for name in ("registry", "front")}


def looked_at(plan: "Plan", secrets: dict[str, str], backup: str) -> dict[str, object]:
    """secrets: files of the operations -> their owner. backup: the repository's folder; "" where it is not of this host."""
    paths, settings = plan.paths, plan.settings
    root = plan.root_account or ""
    units = journalled(plan)
    passwords = users_file(plan) if is_traefik(plan) else f"{paths.front}/htpasswd"
    return {
        **({"units": units} if units else {}),
        "nginx": "" if plan.compose else plan.facts.nginx,
        "front": paths.front,
        "socket": paths.registry_socket,
        "listen": [*settings.listen_addresses, *challenge_addresses(plan)],
        "domain": settings.domain,
        "certificate": f"{paths.front}/tls/certificate.pem",
        "certificate_kind": certificate_kind(plan),
        "logs": paths.log,
        "log_files": [] if is_traefik(plan) else list(LOGS[1:] if plan.compose or units else LOGS),
        "backup": backup,
        "secrets": {
            passwords: root if is_traefik(plan) else plan.front_account or "",
            f"{paths.front}/tls/private.key": root,
            f"{paths.etc}/registry.yml": root,
            **secrets,
        },
        **(_alone(plan, secrets) if plan.alone else {}),
    }


def _alone(plan: "Plan", secrets: dict[str, str]) -> dict[str, object]:
    """What is otherwise where no front is."""
    folder, account = plan.paths.registry, plan.registry_account or ""
    own = {f"{folder}/htpasswd": account, f"{folder}/private.key": account}
    return {
        "certificate": f"{folder}/certificate.pem",
        "log_files": [],
        "secrets": {**own, f"{plan.paths.etc}/registry.yml": plan.root_account or "", **secrets},
    }
