"""`render`: from settings to the bytes of everything that one registry needs. Pure: no clock, no host, no Pulumi.

What only resources know (password hashes, keys) is rendered apart, by `secret_contents`, so that everything else is known before
anything is made; the bundle holds those files with empty contents, marked secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dockyard.errors import DockyardError
from dockyard.rendering import render_template
from dockyard.self_hosted.bundle import (
    Account,
    Bundle,
    Check,
    Directory,
    File,
    Requirement,
    Runtime,
    Service,
)
from dockyard.self_hosted.facts import HostFacts
from dockyard.self_hosted.firewall import refuse_without_root
from dockyard.self_hosted.passwords import Former, password_files
from dockyard.self_hosted.paths import LONGEST_SOCKET, Paths, instance_paths
from dockyard.self_hosted.programs import own_services, service_name, services_python, timed_groups
from dockyard.self_hosted.render_front import front_files
from dockyard.self_hosted.render_ops import (
    application,
    config,
    firewall_file,
    ops_accounts,
    ops_binaries,
    ops_directories,
    ops_files,
    ops_secrets,
)
from dockyard.self_hosted.render_packages import packages, supervisor_binaries
from dockyard.self_hosted.render_runtime import runtime_files, timed_service
from dockyard.self_hosted.settings import Settings
from dockyard.self_hosted.storage import hidden_from_units

REGISTRY_ACCOUNT = "dockyard"
FRONT_ACCOUNT = "dockyard-front"


@dataclass(frozen=True)
class Material:
    """What only resources know."""

    htpasswd: Mapping[str, str]
    """User to the line `user:bcrypt`."""
    certificate: str
    """PEM, the leaf first."""
    private_key: str
    http_secret: str
    """Signs the state of uploads: the same across restarts, so that an upload survives one."""
    backup_password: str = ""
    backup_environment: Mapping[str, str] = field(default_factory=dict)
    """restic's variables for a repository elsewhere."""
    former: Mapping[str, Former] = field(default_factory=dict)
    """User to the password before the last rotation, while it is valid."""


@dataclass(frozen=True)
class Plan:
    """Settings for one host: what every part of the renderer starts from."""

    settings: Settings
    facts: HostFacts
    instance: str

    @cached_property
    def paths(self) -> Paths:
        return instance_paths(self.facts, self.instance, self.settings.storage)

    @property
    def runtime(self) -> Runtime:
        named = self.settings.runtime
        return self.facts.runtime if named == "auto" else Runtime(named)

    @property
    def registry_account(self) -> str | None:
        return REGISTRY_ACCOUNT if self.facts.root else None

    @property
    def front_account(self) -> str | None:
        return FRONT_ACCOUNT if self.facts.root else None

    @property
    def root_account(self) -> str | None:
        return "root" if self.facts.root else None


def render(plan: Plan) -> Bundle:
    """The bundle. Equal plans give equal bundles. Raises DockyardError for a plan that no host can run."""
    _refuse_impossible(plan)
    files = {**front_files(plan), **_registry_files(plan), **runtime_files(plan), **ops_files(plan)}
    front_restart, front_reload = _front_triggers(plan, files)
    return Bundle(
        runtime=plan.runtime,
        accounts=_accounts(plan),
        **packages(plan),
        directories={**_directories(plan), **ops_directories(plan)},
        files=files,
        services=(
            Service(
                service_name(plan, "registry"),
                restart_on=_registry_triggers(plan, files),
                run_file=f"{plan.paths.run}/registry/launch",
            ),
            *_own_services(plan, files),
            Service(
                service_name(plan, "front"),
                restart_on=front_restart,
                reload_on=front_reload,
                run_file=f"{plan.paths.run}/front/launch",
            ),
            *_timed_services(plan, files),
        ),
        checks=(
            Check("run folder", _run_folder_check(plan), f"{plan.paths.etc}/ops"),
            Check("nginx -t", _nginx_check(plan), plan.paths.front),
        ),
        requires=Requirement(
            binaries=(plan.facts.nginx, plan.facts.registry, *ops_binaries(plan), *supervisor_binaries(plan)),
            ports=plan.settings.listen_addresses,
            writable=(plan.paths.store,),
        ),
        supervisor=f"{plan.paths.etc}/supervisord.conf" if plan.runtime is Runtime.SUPERVISOR else None,
    )


def secret_contents(plan: Plan, material: Material) -> dict[str, str]:
    """Path to content, for each of the bundle's secret files."""
    front = plan.paths.front
    passwords = password_files(material.htpasswd, material.former)
    return {
        **{f"{front}/{name}": text for name, text in passwords.items()},
        f"{front}/tls/certificate.pem": material.certificate,
        f"{front}/tls/private.key": material.private_key,
        f"{plan.paths.etc}/registry.yml": render_template(
            "registry/config.yml.j2",
            store=plan.paths.store,
            socket=plan.paths.registry_socket,
            secret=material.http_secret,
        ),
        **ops_secrets(plan, material.backup_password, material.backup_environment),
    }


def _refuse_impossible(plan: Plan) -> None:
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
    refuse_without_root(plan.settings.firewall, plan.facts.root)
    limits = [name for name in ("memory_limit", "cpu_limit") if getattr(plan.settings, name)]
    if plan.runtime is Runtime.SUPERVISOR and limits:
        raise DockyardError(
            f"{', '.join(limits)}: supervisor cannot limit what a service uses",
            "leave it out here; systemd, for root on a host that it runs, can",
        )
    if len(plan.paths.registry_socket.encode()) > LONGEST_SOCKET:
        raise DockyardError(
            f"the path of the registry's socket is too long: {plan.paths.registry_socket}",
            "use a shorter instance name",
        )


def _accounts(plan: Plan) -> tuple[Account, ...]:
    if not plan.facts.root:
        return ()
    front = Account(FRONT_ACCOUNT, (REGISTRY_ACCOUNT,))
    return (Account(REGISTRY_ACCOUNT), front, *ops_accounts(plan))


def _registry_files(plan: Plan) -> dict[str, File]:
    return {
        f"{plan.paths.etc}/registry.yml": File(
            "", 0o640, owner=plan.root_account, group=plan.registry_account, secret=True
        )
    }


def _directories(plan: Plan) -> dict[str, Directory]:
    paths, registry, front, root = plan.paths, plan.registry_account, plan.front_account, plan.root_account
    return {
        paths.etc: Directory(0o755, root, root),
        paths.front: Directory(0o750, root, front),
        f"{paths.front}/tls": Directory(0o700, root, root),
        f"{paths.etc}/ops": Directory(0o755, root, root),
        paths.log: Directory(0o750, root, root),
        paths.run: Directory(0o755 if plan.facts.root else 0o700, root, root, memory=True),
        f"{paths.run}/registry": Directory(0o750, registry, registry, memory=True),
        f"{paths.run}/front": Directory(0o750, root, front, memory=True),
        paths.data: Directory(0o755 if plan.facts.root else 0o700, root, root),
        paths.store: Directory(0o750, registry, registry, keep=True),
    }


def _registry_triggers(plan: Plan, files: Mapping[str, File]) -> tuple[str, ...]:
    paths = [
        f"{plan.paths.etc}/registry.yml",
        f"{plan.paths.etc}/ops/launch.py",
        *_unit_files(plan, files, "registry"),
    ]
    return tuple(paths)


def _front_triggers(plan: Plan, files: Mapping[str, File]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    restart = (f"{plan.paths.etc}/ops/launch.py", *_unit_files(plan, files, "front"))
    return restart, tuple(sorted(path for path in files if path.startswith(f"{plan.paths.front}/")))


def _unit_files(plan: Plan, files: Mapping[str, File], service: str) -> list[str]:
    """The unit itself; supervisord finds out by itself which of its programs a new configuration changes."""
    return [path for path in files if path.endswith(f"/{service_name(plan, service)}.service")]


def _own_services(plan: Plan, files: Mapping[str, File]) -> tuple[Service, ...]:
    """Operations that run all the time. The firewall's rules go with its end, so it reads what is new without one."""
    loaded = {
        "watch": ((application(plan), config(plan)), ()),
        "firewall": ((), (firewall_file(plan), config(plan))),
    }
    return tuple(
        Service(service_name(plan, name), (*restarts, *_unit_files(plan, files, name)), reloads)
        for name, (restarts, reloads) in loaded.items()
        if name in own_services(plan)
    )


def _timed_services(plan: Plan, files: Mapping[str, File]) -> tuple[Service, ...]:
    # A timer starts the program anew each time; one that stays has loaded its files.
    own = (application(plan), config(plan)) if plan.runtime is Runtime.SUPERVISOR else ()
    names = [timed_service(plan, group) for group in timed_groups(plan)]
    return tuple(
        Service(name, restart_on=(*own, *(path for path in files if path.endswith(f"/{name}"))))
        for name in names
    )


def _run_folder_check(plan: Plan) -> tuple[str, ...]:
    return (services_python(plan), "{stage}/launch.py", f"{plan.paths.run}/launch")


def _nginx_check(plan: Plan) -> tuple[str, ...]:
    errors = f"{plan.paths.log}/front-error.log"
    return (plan.facts.nginx, "-t", "-q", "-e", errors, "-p", "{stage}", "-c", "{stage}/nginx.conf")
