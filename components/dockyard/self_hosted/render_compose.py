"""compose.yaml: the registry and its front as containers, for `docker compose`; what else such a host needs stands where it always does.

Every folder has the same path in a container as on the host, so NGINX's and the registry's configuration are the same as without Docker.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.errors import Problem, ProblemsError
from dockyard.ops.versions import HOW_TO_GET
from dockyard.rendering import render_template
from dockyard.self_hosted.alone import UNPRIVILEGED
from dockyard.self_hosted.bundle import (
    Bundle,
    Check,
    Containers,
    Directory,
    File,
    RegistryProgram,
    Service,
)
from dockyard.self_hosted.engine import DELEGATE
from dockyard.self_hosted.images import Images
from dockyard.self_hosted.programs import COPY_WITHOUT_MOVSB, front_sockets
from dockyard.self_hosted.render_acme import acme_of, challenge_addresses, pairs
from dockyard.self_hosted.render_traefik import folder, is_traefik, traefik_in_compose
from dockyard.self_hosted.service_name import service_name
from dockyard.self_hosted.settings import Settings
from dockyard.self_hosted.traefik import plan_problems

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

NGINX_CHECK = "nginx -t"
MEMORY, CORES = "1G", 1.0
"""What each container may use unless settings say otherwise."""
IMAGE_VOLUME = "/var/lib/registry"
"""A volume of the registry's image: left alone, Docker would make an unnamed one."""


def compose_file(plan: "Plan") -> str:
    return f"{plan.paths.etc}/compose.yaml"


def project(plan: "Plan") -> str:
    return f"dockyard-{plan.instance}"


def registry_image(plan: "Plan") -> str:
    return plan.settings.images.registry_of(plan.settings.version.major)


def composed(plan: "Plan", bundle: Bundle) -> Bundle:
    """The bundle of a host where Docker runs the registry and its front."""
    files = _files(plan, bundle.files)
    own = {service_name(plan, service.container): service for service in _services(plan, files)}
    programs = (plan.facts.nginx, plan.facts.registry)
    return replace(
        bundle,
        packages=tuple(name for name in bundle.packages if name not in bundle.package_services),
        package_services=(),
        directories=_directories(plan, bundle.directories),
        files=files,
        services=tuple(own.get(service.name, service) for service in bundle.services),
        checks=tuple(_checks(plan, bundle.checks)),
        requires=replace(
            bundle.requires,
            binaries=tuple(path for path in bundle.requires.binaries if path not in programs),
        ),
        containers=_containers(plan),
        registry=_registry(plan, bundle),
    )


def _registry(plan: "Plan", bundle: Bundle) -> RegistryProgram | None:
    """Images in the place of programs. Behind Traefik the registry has no socket by which it could be looked at: a plain change."""
    if bundle.registry is None or is_traefik(plan):
        return None
    registry, front = registry_image(plan), plan.settings.front_image
    return replace(bundle.registry, service="container-registry", program=registry, front=front)


def refuse_docker(plan: "Plan") -> None:
    """Raises ProblemsError for what only Docker could keep, or cannot."""
    if problems := list(_problems(plan)):
        raise ProblemsError(f"instance {plan.instance!r}", problems)


def _problems(plan: "Plan") -> Iterator[Problem]:
    settings = plan.settings
    yield from plan_problems(plan)
    if plan.compose:
        yield from _of_docker(plan)
        return
    if settings.version.major == "3" and not settings.version.program:
        text = "3 needs `program`: the distribution packages 2.8 only"
        yield Problem("version", text, f'{HOW_TO_GET}; or set runtime to "compose"')
    if settings.images != Images() and not is_traefik(plan):
        yield Problem("images", "Docker does not run this registry", 'set runtime to "compose"')


def beyond_docker(settings: Settings) -> str:
    """A setting that only the other runtimes keep, by name; "" where there is none."""
    return next((problem.path for problem in _kept_elsewhere(settings)), "")


def _of_docker(plan: "Plan") -> Iterator[Problem]:
    """What containers cannot have, or cannot have yet."""
    paths = plan.paths
    if ":" in paths.log + paths.run:
        yield Problem("runtime", f"Docker takes no path with a colon: {paths.log}", "move the project")
    for name in () if plan.facts.limits else ("memory_limit", "cpu_limit"):
        if getattr(plan.settings, name):
            yield Problem(name, "containers of this user cannot be limited: no cgroups are his", DELEGATE)
    yield from _kept_elsewhere(plan.settings)


def _kept_elsewhere(settings: Settings) -> Iterator[Problem]:
    if settings.version.program:
        yield Problem("program", "is in the image, with Docker", "name another image in `images`")


def _containers(plan: "Plan") -> Containers:
    accounts = (("REGISTRY", plan.registry_account or ""), ("FRONT", plan.front_account or ""))
    return Containers(
        file=compose_file(plan),
        project=project(plan),
        images=(registry_image(plan), plan.settings.front_image),
        accounts=accounts,
        writes=tuple((path, plan.front_account) for path in _written(plan) if plan.front_account),
        program=(registry_image(plan), "/bin/registry", plan.registry_program),
    )


def _written(plan: "Plan") -> tuple[str, ...]:
    """By the front; and its pairs of ACME, which it is alone to read."""
    log, run = plan.paths.log, plan.paths.run
    own = (f"{plan.paths.acme}/served.conf", f"{pairs(plan)}/*") if acme_of(plan) else ()
    return (f"{log}/audit.log", f"{log}/front-error.log", f"{run}/front/*", *own)


def _services(plan: "Plan", files: Mapping[str, File]) -> tuple[Service, ...]:
    """Of compose.yaml itself Docker Compose finds out which of its services a change is about."""
    read_once = (f"{plan.paths.front}/traefik.yml",) if is_traefik(plan) else ()
    ours = sorted(path for path in files if path.startswith(f"{plan.paths.front}/"))
    loaded = tuple(path for path in ours if path not in read_once)
    return (
        Service("container-registry", restart_on=(f"{plan.paths.etc}/registry.yml",), container="registry"),
        Service("container-front", read_once, loaded, container="front"),
    )


def _files(plan: "Plan", files: Mapping[str, File]) -> dict[str, File]:
    """With compose.yaml; and what NGINX reads is readable for its account: no process of it is root's."""
    root, front = plan.root_account, plan.front_account
    own = {compose_file(plan): File(_compose(plan), 0o644, root, root)}
    if plan.facts.root and plan.facts.systemd:
        path = f"/etc/tmpfiles.d/dockyard-{plan.instance}.conf"
        own[path] = File(_tmpfiles(plan), 0o644, root, root)
    read = (f"{plan.paths.front}/generation.conf", f"{plan.paths.front}/tls/private.key")
    readable = {
        path: replace(files[path], mode=0o640, group=front) for path in read if front and path in files
    }
    return {**files, **readable, **own}


def _directories(plan: "Plan", directories: Mapping[str, Directory]) -> dict[str, Directory]:
    paths, root, front = plan.paths, plan.root_account, plan.front_account
    watched = {folder(plan): Directory(0o750, root, front)} if is_traefik(plan) else {}
    return {
        **directories,
        **watched,
        f"{paths.front}/tls": Directory(0o750, root, front),
        paths.log: Directory(0o750, front, front),
        f"{paths.run}/front": Directory(0o750, front, front, memory=True),
        f"{paths.data}/bin": Directory(0o755, root, root),
    }


def _checks(plan: "Plan", checks: Iterable[Check]) -> Iterator[Check]:
    """Traefik has nothing that tries a configuration."""
    for check in checks:
        if check.name != NGINX_CHECK:
            yield check
        elif not is_traefik(plan):
            yield _nginx_check(plan)


def _nginx_check(plan: "Plan") -> Check:
    """`nginx -t` of the image, in a container that is gone afterwards and changes nothing here; it tries the addresses to listen on."""
    paths = plan.paths
    logs = f"{paths.log}/front-error.log"
    scratch = [f"--tmpfs={path}" for path in (paths.log, f"{paths.run}/front")]
    command = ("nginx", "-t", "-q", "-e", logs, "-p", "{stage}", "-c", "{stage}/nginx.conf")
    run = ("run", "--rm", "--pull=never", "--network=host", "--read-only", "--security-opt=no-new-privileges")
    return Check(
        NGINX_CHECK,
        (
            *("docker", *run, "--entrypoint=", "--user=0:0", *scratch),
            "--volume={stage}:{stage}:ro",
            plan.settings.front_image,
            *command,
        ),
        paths.front,
    )


def compose_values(plan: "Plan") -> dict[str, object]:
    """What every compose.yaml says, whatever stands before the registry."""
    settings, paths = plan.settings, plan.paths
    return {
        "project": project(plan),
        "registry_image": registry_image(plan),
        "limits": plan.facts.limits,
        "memory": settings.memory_limit or MEMORY,
        "cores": f"{settings.cpu_limit / 100 if settings.cpu_limit else CORES:g}",
        "paths": paths,
        "configuration": f"{paths.etc}/registry.yml",
        "probe": f"{paths.store}/.dockyard-health",
        "hidden": [] if paths.store == IMAGE_VOLUME else [IMAGE_VOLUME],
    }


def _compose(plan: "Plan") -> str:
    settings, paths = plan.settings, plan.paths
    return render_template(
        "compose/compose.yaml.j2",
        **compose_values(plan),
        front_image=settings.front_image,
        registry_socket=paths.registry_socket,
        front_sockets=front_sockets(plan),
        status_page=settings.status_page,
        health=f"https://{_reached(settings.listen_addresses[0])}/healthz",
        acme=paths.acme if acme_of(plan) else "",
        privileged_port=any(int(it.rpartition(":")[2]) < UNPRIVILEGED for it in _listened(plan)),
        front_environment=COPY_WITHOUT_MOVSB,
        **traefik_in_compose(plan),
    )


def _listened(plan: "Plan") -> tuple[str, ...]:
    """By the front, whose network is the host's."""
    return (*plan.settings.listen_addresses, *challenge_addresses(plan))


def _reached(address: str) -> str:
    """Where one connects to reach what listens on every address."""
    host, _, port = address.rpartition(":")
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"  # noqa: S104


def _tmpfiles(plan: "Plan") -> str:
    """Docker starts containers at boot, before anybody else makes the folders below /run anew."""
    wanted = _directories(plan, {})
    run = plan.paths.run
    lines = [
        (run, 0o755, "root", "root"),
        (f"{run}/registry", 0o750, plan.registry_account, plan.registry_account),
        (f"{run}/front", wanted[f"{run}/front"].mode, plan.front_account, plan.front_account),
    ]
    return tmpfiles(lines)


def tmpfiles(folders: Iterable[tuple[str, int, str | None, str | None]]) -> str:
    """For systemd-tmpfiles: path, mode, owner and group of each folder."""
    texts = [f"d {json.dumps(path)} {mode:04o} {user} {group} -\n" for path, mode, user, group in folders]
    return "# Rendered by dockyard: edits are found and undone by the next `dockyard up`.\n" + "".join(texts)
