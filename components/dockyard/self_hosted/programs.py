"""The programs of one registry, whatever runs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockyard.ops.schedule import GROUPS
from dockyard.self_hosted.bundle import Runtime
from dockyard.self_hosted.facts import SYSTEM_PYTHON
from dockyard.self_hosted.render_ops import (
    application,
    backup_account,
    config,
    local_repository,
    periods,
    state,
)

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

COPY_WITHOUT_MOVSB = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1073741824"}
"""Some processors run `rep movsb` at a fraction of their speed for some alignments, and NGINX copies what it encrypts: a pull of a
large blob cost up to 1.5 times the CPU, as the memory happened to lie. Other C libraries and processors do not know the variable."""


@dataclass(frozen=True)
class Program:
    """One service, whatever runs it."""

    name: str
    description: str
    command: tuple[str, ...]
    user: str | None
    group: str | None
    stop_signal: str
    stop_seconds: int
    priority: int
    log_file: str
    runtime_directory: str = ""
    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    after: str = ""
    network: bool = False
    """Whether it speaks to anything but unix sockets."""
    environment: Mapping[str, str] = field(default_factory=dict)


def service_name(plan: "Plan", service: str) -> str:
    """Under supervisord an instance has its own supervisord; under systemd all share one name space."""
    return service if plan.runtime is Runtime.SUPERVISOR else f"dockyard-{plan.instance}-{service}"


def services_python(plan: "Plan") -> str:
    """The interpreter of `ops`. The environment's may stand in a home folder, which the services' accounts cannot read."""
    return SYSTEM_PYTHON if plan.facts.root and not plan.facts.remote else plan.facts.python


def services(plan: "Plan") -> list[Program]:
    python = services_python(plan)
    makers = {"watch": _watch, "firewall": _firewall}
    own = [makers[name](plan) for name in own_services(plan)]
    return [_registry(plan, python), *own, _front(plan, python)]


def own_services(plan: "Plan") -> list[str]:
    """Operations that run all the time."""
    wanted = {"firewall": plan.settings.firewall is not None, "watch": plan.settings.reserve.wanted}
    return [name for name, there in wanted.items() if there]


def _registry(plan: "Plan", python: str) -> Program:
    paths, account = plan.paths, plan.registry_account
    run = f"{paths.run}/registry"
    serve = (plan.facts.registry, "serve", f"{paths.etc}/registry.yml")
    share = "--share" if plan.facts.root else "--socket"
    return Program(
        name=service_name(plan, "registry"),
        description=f"registry of dockyard instance {plan.instance}",
        command=(
            python,
            f"{paths.etc}/ops/launch.py",
            f"{run}/launch",
            share,
            paths.registry_socket,
            "--",
            *serve,
        ),
        user=account,
        group=account,
        stop_signal="TERM",
        stop_seconds=70,
        priority=10,
        log_file=f"{paths.log}/registry.log",
        runtime_directory=f"dockyard/{plan.instance}/registry",
        writable=(paths.store,),
    )


def _watch(plan: "Plan") -> Program:
    """As the registry: its folder below /run holds what this tells the front."""
    paths, account = plan.paths, plan.registry_account
    python = services_python(plan)
    return Program(
        name=service_name(plan, "watch"),
        description=f"watch over the disk of dockyard instance {plan.instance}",
        command=(python, "-I", "-S", application(plan), "watch", "--config", config(plan)),
        user=account,
        group=account,
        stop_signal="TERM",
        stop_seconds=5,
        priority=15,
        log_file=f"{paths.log}/watch.log",
        runtime_directory=f"dockyard/{plan.instance}/registry",
        readable=(paths.store,),
    )


def _firewall(plan: "Plan") -> Program:
    program = (services_python(plan), "-I", "-S", application(plan))
    return Program(
        name=service_name(plan, "firewall"),
        description=f"firewall of dockyard instance {plan.instance}",
        command=(*program, "firewall", "--config", config(plan)),
        user=None,
        group=None,
        stop_signal="TERM",
        stop_seconds=10,
        priority=5,
        log_file=f"{plan.paths.log}/firewall.log",
        writable=(state(plan),),
        capabilities=("CAP_NET_ADMIN", "CAP_DAC_OVERRIDE", "CAP_CHOWN"),
        network=True,
    )


def _front(plan: "Plan", python: str) -> Program:
    paths = plan.paths
    run = f"{paths.run}/front"
    configuration = f"{paths.front}/nginx.conf"
    nginx = (plan.facts.nginx, "-e", f"{paths.log}/front-error.log", "-c", configuration)
    launch = (python, f"{paths.etc}/ops/launch.py", f"{run}/launch", "--socket", paths.password_socket, "--")
    return Program(
        name=service_name(plan, "front"),
        description=f"TLS front of dockyard instance {plan.instance}",
        command=(*launch, *nginx),
        user=None,
        group=plan.front_account,
        stop_signal="QUIT",
        stop_seconds=30,
        priority=20,
        log_file=f"{paths.log}/front.log",
        runtime_directory=f"dockyard/{plan.instance}/front",
        writable=(paths.log,),
        readable=(paths.store,),
        capabilities=(
            "CAP_NET_BIND_SERVICE",
            "CAP_SETUID",
            "CAP_SETGID",
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_KILL",
        ),
        after=" ".join(f"{service_name(plan, name)}.service" for name in _before_front(plan)),
        network=True,
        environment=COPY_WITHOUT_MOVSB,
    )


def _before_front(plan: "Plan") -> list[str]:
    """The port is not open for a moment without its firewall."""
    return ["registry", *(["firewall"] if plan.settings.firewall else [])]


def timed_groups(plan: "Plan") -> list[str]:
    """The groups of jobs that are run by the clock. Upkeep is there always: it also opens a front that was left closed."""
    every = periods(plan)
    return [group for group, jobs in GROUPS.items() if group == "upkeep" or any(map(every.get, jobs))]


def timed_programs(plan: "Plan", command: str) -> list[Program]:
    """command: `tick` looks once what is due, `keep` goes on looking."""
    makers = {"operations": _operations, "upkeep": _upkeep}
    return [makers[group](plan, command) for group in timed_groups(plan)]


def _operations(plan: "Plan", command: str) -> Program:
    account, paths, local = backup_account(plan), plan.paths, local_repository(plan)
    return Program(
        name=service_name(plan, "operations"),
        description=f"backups and drills of dockyard instance {plan.instance}",
        command=_ops_command(plan, command, "operations"),
        user=account,
        group=account,
        stop_signal="TERM",
        stop_seconds=30,
        priority=30,
        log_file=f"{paths.log}/operations.log",
        writable=(state(plan), *local),
        readable=(paths.store,),
        network=not local,
        environment={"HOME": "/nonexistent"} if account else {},
    )


def _upkeep(plan: "Plan", command: str) -> Program:
    """As root where there are accounts: each job changes to the account that owns what it changes."""
    paths, backup, local = plan.paths, plan.settings.backup, local_repository(plan)
    return Program(
        name=service_name(plan, "upkeep"),
        description=f"retention and garbage collection of dockyard instance {plan.instance}",
        command=_ops_command(plan, command, "upkeep"),
        user=None,
        group=None,
        stop_signal="TERM",
        stop_seconds=60,
        priority=30,
        log_file=f"{paths.log}/upkeep.log",
        writable=(state(plan), paths.store, paths.run, paths.log, *local),
        capabilities=(
            "CAP_SETUID",
            "CAP_SETGID",
            "CAP_CHOWN",
            "CAP_FOWNER",
            "CAP_DAC_OVERRIDE",
            "CAP_KILL",
        ),
        after=f"{service_name(plan, 'registry')}.service",
        network=backup is not None and not local,
    )


def _ops_command(plan: "Plan", command: str, group: str) -> tuple[str, ...]:
    program = (services_python(plan), "-I", "-S", application(plan))
    return (*program, command, "--config", config(plan), "--group", group)


def keeper(plan: "Plan") -> Program:
    paths, python = plan.paths, plan.facts.python
    supervisord = (python, "-m", "supervisor.supervisord", "-c", f"{paths.etc}/supervisord.conf")
    return Program(
        name="keeper",
        description="starts supervisord again when it dies",
        command=(python, f"{paths.etc}/ops/keeper.py", "--", *supervisord),
        user=None,
        group=None,
        stop_signal="TERM",
        stop_seconds=5,
        priority=1,
        log_file=f"{paths.log}/keeper.log",
    )
