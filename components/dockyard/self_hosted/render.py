"""`render`: from settings to the bytes of everything that one registry needs. Pure: no clock, no host, no Pulumi.

What only resources know (password hashes, keys) is rendered apart, by `secret_contents`, so that everything else is known before
anything is made; the bundle holds those files with empty contents, marked secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dockyard.self_hosted import render_alone, render_registry
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
from dockyard.self_hosted.front import Front
from dockyard.self_hosted.passwords import Former, password_files
from dockyard.self_hosted.paths import Paths, instance_paths
from dockyard.self_hosted.programs import own_services, services_python
from dockyard.self_hosted.refusals import refuse_impossible
from dockyard.self_hosted.render_acme import acme_of, acme_secrets, challenge_addresses
from dockyard.self_hosted.render_compose import composed
from dockyard.self_hosted.render_front import front_files
from dockyard.self_hosted.render_metrics import metrics_ports
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
from dockyard.self_hosted.render_traefik import is_traefik, traefik_files, traefik_secrets
from dockyard.self_hosted.service_name import service_name
from dockyard.self_hosted.settings import Settings
from dockyard.self_hosted.timed import timed_groups

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
    acme_environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the hooks of dns-01."""
    acme_binding: Mapping[str, str] = field(default_factory=dict)
    """`key_id` and `hmac_key`, where the authority binds accounts."""
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
    def alone(self) -> bool:
        """Whether nothing stands before the registry; only Docker runs it so."""
        return self.settings.front is Front.NONE

    @property
    def compose(self) -> bool:
        """Whether Docker runs the registry and its front."""
        named = self.settings.runtime
        return (self.facts.docker or self.alone) if named == "auto" else named == Runtime.COMPOSE

    @property
    def runtime(self) -> Runtime:
        """What runs the host's programs: all services, or with `compose` the operations alone."""
        named = self.settings.runtime
        return self.facts.runtime if self.compose or named == "auto" else Runtime(named)

    @property
    def chosen(self) -> Runtime:
        """What people call it."""
        return Runtime.COMPOSE if self.compose else self.runtime

    @property
    def registry_program(self) -> str:
        """The host's copy of the registry's program, for garbage collection and drills: with Docker, the image's."""
        return (
            f"{self.paths.data}/bin/registry"
            if self.compose
            else self.settings.version.program or self.facts.registry
        )

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
    refuse_impossible(plan)
    front = traefik_files(plan) if is_traefik(plan) else front_files(plan)
    files = {**front, **_registry_files(plan), **runtime_files(plan), **ops_files(plan)}
    bundle = Bundle(
        runtime=plan.runtime,
        accounts=_accounts(plan),
        **packages(plan),
        directories={**_directories(plan), **ops_directories(plan)},
        files=files,
        services=_services(plan, files),
        checks=(
            Check("run folder", _run_folder_check(plan), f"{plan.paths.etc}/ops"),
            Check("nginx -t", _nginx_check(plan), plan.paths.front),
        ),
        requires=Requirement(
            binaries=_binaries(plan),
            ports=(*plan.settings.listen_addresses, *challenge_addresses(plan), *metrics_ports(plan)),
            writable=(plan.paths.store,),
            programs=_programs_of_others(plan),
        ),
        supervisor=f"{plan.paths.etc}/supervisord.conf" if plan.runtime is Runtime.SUPERVISOR else None,
        registry=render_registry.described(plan, service_name(plan, "registry")),
    )
    if plan.compose:
        bundle = composed(plan, bundle)
    return render_alone.without_front(plan, bundle) if plan.alone else bundle


def secret_contents(plan: Plan, material: Material) -> dict[str, str]:
    """Path to content, for each of the bundle's secret files."""
    secrets = _front_secrets
    if plan.alone:
        secrets = render_alone.secret_contents
    elif is_traefik(plan):
        secrets = traefik_secrets
    return {
        **secrets(plan, material),
        f"{plan.paths.etc}/registry.yml": render_registry.configuration(plan, material.http_secret),
        **ops_secrets(plan, material.backup_password, material.backup_environment),
        **acme_secrets(plan, material.acme_environment, material.acme_binding),
    }


def _front_secrets(plan: Plan, material: Material) -> dict[str, str]:
    front = plan.paths.front
    passwords = password_files(material.htpasswd, material.former)
    return {
        **{f"{front}/{name}": text for name, text in passwords.items()},
        f"{front}/tls/certificate.pem": material.certificate,
        f"{front}/tls/private.key": material.private_key,
    }


def _binaries(plan: Plan) -> tuple[str, ...]:
    """Of a program of one's own the applier asks more than that it can be run."""
    own = bool(plan.settings.version.program)
    return (
        plan.facts.nginx,
        *([] if own else [plan.facts.registry]),
        *ops_binaries(plan),
        *supervisor_binaries(plan),
    )


def _accounts(plan: Plan) -> tuple[Account, ...]:
    if not plan.facts.root:
        return ()
    front = Account(FRONT_ACCOUNT, (REGISTRY_ACCOUNT,))
    return (Account(REGISTRY_ACCOUNT), front, *ops_accounts(plan))


def _programs_of_others(plan: Plan) -> tuple[str, ...]:
    acme = acme_of(plan)
    return acme.hooks if acme else ()


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
        # Told to begin a new log, each worker opens it by its name; none may list the folder or make a file in it.
        paths.log: Directory(0o710 if plan.facts.root else 0o750, root, front),
        paths.run: Directory(0o755 if plan.facts.root else 0o700, root, root, memory=True),
        f"{paths.run}/registry": Directory(0o750, registry, registry, memory=True),
        f"{paths.run}/front": Directory(0o750, root, front, memory=True),
        paths.data: Directory(0o755 if plan.facts.root else 0o700, root, root),
        paths.store: Directory(0o750, registry, registry, keep=True),
    }


def _services(plan: Plan, files: Mapping[str, File]) -> tuple[Service, ...]:
    restart, reload = _front_triggers(plan, files)
    run = plan.paths.run
    registry = Service(
        service_name(plan, "registry"), _registry_triggers(plan, files), run_file=f"{run}/registry/launch"
    )
    front = Service(service_name(plan, "front"), restart, reload, f"{run}/front/launch")
    return (registry, *_own_services(plan, files), front, *_timed_services(plan, files))


def _registry_triggers(plan: Plan, files: Mapping[str, File]) -> tuple[str, ...]:
    paths = [
        f"{plan.paths.etc}/registry.yml",
        *_starters(plan),
        *_unit_files(plan, files, "registry"),
    ]
    return tuple(paths)


def _front_triggers(plan: Plan, files: Mapping[str, File]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    restart = (*_starters(plan), *_unit_files(plan, files, "front"))
    return restart, tuple(sorted(path for path in files if path.startswith(f"{plan.paths.front}/")))


def _starters(plan: Plan) -> tuple[str, ...]:
    """Scripts that start a service in place of themselves."""
    names = ("launch", "confine") if plan.runtime is Runtime.SUPERVISOR else ("launch",)
    return tuple(f"{plan.paths.etc}/ops/{name}.py" for name in names)


def _unit_files(plan: Plan, files: Mapping[str, File], service: str) -> list[str]:
    """The unit itself; supervisord finds out by itself which of its programs a new configuration changes."""
    return [path for path in files if path.endswith(f"/{service_name(plan, service)}.service")]


def _own_services(plan: Plan, files: Mapping[str, File]) -> tuple[Service, ...]:
    """Operations that run all the time. The firewall's rules go with its end, so it reads what is new without one."""
    loaded = {
        "watch": ((application(plan), config(plan)), ()),
        "metrics": ((application(plan), config(plan)), ()),
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
