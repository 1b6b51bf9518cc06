"""The registry itself: its program and its configuration, by version."""

from typing import TYPE_CHECKING

import yaml

from dockyard.errors import DockyardError
from dockyard.rendering import render_template
from dockyard.self_hosted.bundle import RegistryProgram, Runtime
from dockyard.self_hosted.registry_keys import key_problems
from dockyard.self_hosted.render_ops import config
from dockyard.self_hosted.render_traefik import REGISTRY_PORT, is_traefik
from dockyard.self_hosted.storage import hidden_from_units

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan


def program(plan: "Plan") -> str:
    """The registry's program on the host."""
    return plan.registry_program


def packages(plan: "Plan") -> tuple[str, ...]:
    """What the distribution has to bring for it."""
    return () if plan.settings.version.program else ("docker-registry",)


def environment(plan: "Plan") -> dict[str, str]:
    """registry:3 sends traces to localhost unless it is told not to."""
    return {"OTEL_TRACES_EXPORTER": "none"} if plan.settings.version.major == "3" else {}


def described(plan: "Plan", service: str) -> RegistryProgram:
    """What the applier has to know to change it with a way back."""
    wanted = plan.settings.version
    return RegistryProgram(
        service=service,
        version=wanted.major,
        program=program(plan),
        own=bool(wanted.program),
        configuration=f"{plan.paths.etc}/registry.yml",
        config=config(plan),
        without_backup=wanted.without_backup,
    )


def refuse_hidden_program(plan: "Plan") -> None:
    own = plan.settings.version.program
    if own and plan.runtime is Runtime.SYSTEMD and hidden_from_units(own):
        raise DockyardError(
            f"program: units of systemd have no access to {own}",
            "install it elsewhere, such as /usr/local/bin/registry",
        )


def configuration(plan: "Plan", secret: str) -> str:
    """registry.yml. secret: signs the state of uploads. Raises DockyardError for a key that this version does not know."""
    version = plan.settings.version.major
    text = render_template(
        "registry/config.yml.j2",
        version=version,
        store=plan.paths.store,
        socket="" if plan.alone or is_traefik(plan) else plan.paths.registry_socket,
        port=REGISTRY_PORT if is_traefik(plan) else 0,
        read_only=plan.alone and plan.settings.read_only,
        secret=secret,
    )
    if problems := key_problems(version, yaml.safe_load(text)):
        raise DockyardError("\n    ".join(["templates/registry/config.yml.j2:", *problems]))
    return text
