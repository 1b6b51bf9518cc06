"""What another host is asked about itself before anything is rendered for it: what its settings leave open, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dockyard.errors import DockyardError
from dockyard.remote.call import call
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.paths import instance_paths
from dockyard.self_hosted.render_compose import beyond_docker
from dockyard.self_hosted.settings import Settings
from dockyard.self_hosted.target import Ssh, connection, ssh_facts

HINT = 'with runtime "systemd" or "supervisor" the host is not asked before it is changed'


def question(settings: Settings, facts: HostFacts, instance: str) -> dict[str, Any]:
    """What `choose` has to know."""
    return {
        "etc": instance_paths(facts, instance, settings.storage).etc,
        "images": [settings.images.registry_of(settings.version.major), settings.front_image],
        "beyond": beyond_docker(settings),
    }


def far_facts(settings: Settings, target: Ssh, instance: str, tell: Callable[[str], None]) -> HostFacts:
    """Of the host that the settings lead to. tell: is told what runs a new registry, and why. Raises DockyardError."""
    facts = ssh_facts(target, settings.runtime)
    left_open = settings.runtime == "auto"
    if not left_open and settings.runtime != Runtime.COMPOSE:
        return facts
    try:
        told = call(
            connection(target, lambda text: text),
            "facts",
            question(settings, facts, instance) if left_open else {},
        )
    except DockyardError as error:
        raise DockyardError(error.message, f"{error.hint}\nhint: {HINT}" if error.hint else HINT) from None
    if reason := told.get("reason"):
        tell(f"runtime on {target.login}: {reason}")
    docker = told.get("docker", False)
    return replace(facts, systemd=facts.root and told["systemd"], docker=docker, limits=told["limits"])
