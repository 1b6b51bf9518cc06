"""`front: none`: one container, the registry itself, on loopback. The bundle of a registry with a front, less that front."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.rendering import render_template
from dockyard.self_hosted.bundle import Account, Bundle, Containers, Directory, File, Service
from dockyard.self_hosted.environment import REALM, yaml_text
from dockyard.self_hosted.render_compose import (
    NGINX_CHECK,
    compose_file,
    compose_values,
    registry_image,
    tmpfiles,
)

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Material, Plan

FRONT = "container-front"


def secret_files(plan: "Plan") -> dict[str, str]:
    """Variable of the registry to the path of its file. The container sees their folder: a file that takes another's place is seen too."""
    folder = plan.paths.registry
    return {
        "REGISTRY_AUTH_HTPASSWD_PATH": f"{folder}/htpasswd",
        "REGISTRY_HTTP_TLS_CERTIFICATE": f"{folder}/certificate.pem",
        "REGISTRY_HTTP_TLS_KEY": f"{folder}/private.key",
    }


def environment(plan: "Plan") -> dict[str, str]:
    """All variables of the registry, as compose.yaml gives them."""
    given = dict(plan.settings.environment)
    return {
        "OTEL_TRACES_EXPORTER": "none",
        "REGISTRY_HTTP_TLS_MINIMUMTLS": "tls1.2",
        **given,
        "REGISTRY_AUTH": "htpasswd",
        REALM: yaml_text(given.get(REALM, "Registry Realm")),
        "REGISTRY_HTTP_ADDR": yaml_text(plan.settings.listen_addresses[0]),
        **{name: yaml_text(path) for name, path in secret_files(plan).items()},
    }


def without_front(plan: "Plan", bundle: Bundle) -> Bundle:
    """bundle: with NGINX in a container before the registry."""
    paths = plan.paths
    own = secret_files(plan).values()
    restart = (f"{paths.etc}/registry.yml", *(path for path in own if not path.endswith("htpasswd")))
    registry = Service("container-registry", restart_on=restart, container="registry")
    return replace(
        bundle,
        accounts=tuple(_less_front(plan, bundle.accounts)),
        directories=_directories(plan, bundle.directories),
        files=_files(plan, bundle.files),
        services=tuple(
            registry if it.name == registry.name else it for it in bundle.services if it.name != FRONT
        ),
        checks=tuple(it for it in bundle.checks if it.name != NGINX_CHECK),
        containers=bundle.containers and _containers(plan, bundle.containers),
        # Writes cannot wait without a front: another image is a plain change.
        registry=None,
    )


def _containers(plan: "Plan", containers: Containers) -> Containers:
    accounts = (("REGISTRY", plan.registry_account or ""),)
    return replace(containers, images=(registry_image(plan),), accounts=accounts, writes=())


def _less_front(plan: "Plan", accounts: tuple[Account, ...]) -> list[Account]:
    return [it for it in accounts if it.name != plan.front_account]


def _directories(plan: "Plan", directories: Mapping[str, Directory]) -> dict[str, Directory]:
    paths, root = plan.paths, plan.root_account
    of_front = (paths.front, f"{paths.front}/tls", f"{paths.run}/front", f"{paths.run}/registry")
    return {
        **{path: it for path, it in directories.items() if path not in of_front},
        plan.paths.registry: Directory(0o750, root, plan.registry_account),
        paths.log: Directory(0o750, root, root),
    }


def _files(plan: "Plan", files: Mapping[str, File]) -> dict[str, File]:
    """With a compose.yaml of its own. What the registry reads is its account's, so that its group, of which backups are, cannot."""
    registry, root = plan.registry_account, plan.root_account
    kept = {path: it for path, it in files.items() if not path.startswith(f"{plan.paths.front}/")}
    secret = File("", 0o600, registry, registry, secret=True)
    own = {
        **dict.fromkeys(secret_files(plan).values(), secret),
        compose_file(plan): File(_compose(plan), 0o644, root, root),
    }
    booted = f"/etc/tmpfiles.d/dockyard-{plan.instance}.conf"
    if booted in files:
        own[booted] = replace(files[booted], content=tmpfiles([(plan.paths.run, 0o755, "root", "root")]))
    return {**kept, **own}


def _compose(plan: "Plan") -> str:
    return render_template(
        "compose/alone.yaml.j2",
        **compose_values(plan),
        environment=environment(plan),
        secrets=plan.paths.registry,
        switch=plan.paths.read_only,
        health=f"https://{plan.settings.listen_addresses[0]}/v2/",
    )


def secret_contents(plan: "Plan", material: "Material") -> dict[str, str]:
    """Path to content."""
    lines = "".join(f"{material.htpasswd[user]}\n" for user in sorted(material.htpasswd))
    texts = (lines, material.certificate, material.private_key)
    return dict(zip(secret_files(plan).values(), texts, strict=True))
