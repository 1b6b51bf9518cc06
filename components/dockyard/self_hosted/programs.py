"""The programs of one registry, whatever runs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockyard.self_hosted.facts import SYSTEM_PYTHON
from dockyard.self_hosted.render_metrics import metrics_account
from dockyard.self_hosted.render_ops import (
    application,
    config,
    state,
)
from dockyard.self_hosted.render_registry import environment, program
from dockyard.self_hosted.service_name import service_name

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan

COPY_WITHOUT_MOVSB = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1073741824"}
"""Some processors run `rep movsb` at a fraction of their speed for some alignments, and NGINX copies what it encrypts: a pull of a
large blob cost up to 1.5 times the CPU, as the memory happened to lie. Other C libraries and processors do not know the variable."""

ENGINES = "docker.service podman-restart.service"
"""What starts containers at boot."""


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
    before: str = ""
    network: bool = False
    """Whether it speaks to anything but unix sockets."""
    narrow: bool = False
    """Whether it does without every call that changes owners, users, limits or priorities: it is told that it may not."""
    sees_processes: bool = False
    """Whether it looks at processes of other accounts."""
    notifies: bool = False
    """Whether it says when it has begun: what comes after it waits for that."""
    environment: Mapping[str, str] = field(default_factory=dict)


def services_python(plan: "Plan") -> str:
    """The interpreter of `ops`. The environment's may stand in a home folder, which the services' accounts cannot read."""
    return SYSTEM_PYTHON if plan.facts.root and not plan.facts.remote else plan.facts.python


def services(plan: "Plan") -> list[Program]:
    python = services_python(plan)
    makers = {"watch": _watch, "firewall": _firewall, "metrics": _metrics}
    own = [makers[name](plan) for name in own_services(plan)]
    if plan.compose:
        return own
    return [_registry(plan, python), *own, _front(plan, python)]


def own_services(plan: "Plan") -> list[str]:
    """Operations that run all the time."""
    settings = plan.settings
    wanted = {
        "firewall": settings.firewall is not None,
        "watch": settings.reserve.wanted,
        "metrics": settings.metrics is not None,
    }
    return [name for name, there in wanted.items() if there]


def _registry(plan: "Plan", python: str) -> Program:
    paths, account = plan.paths, plan.registry_account
    run = f"{paths.run}/registry"
    serve = (program(plan), "serve", f"{paths.etc}/registry.yml")
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
        narrow=True,
        environment=environment(plan),
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
        narrow=True,
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
        # That service flushes the rules of all when it starts.
        after="nftables.service",
        before=ENGINES if plan.compose else "",
        network=True,
        notifies=True,
    )


def _metrics(plan: "Plan") -> Program:
    account = metrics_account(plan)
    program = (services_python(plan), "-I", "-S", application(plan))
    return Program(
        name=service_name(plan, "metrics"),
        description=f"metrics of dockyard instance {plan.instance}",
        command=(*program, "metrics", "--config", config(plan)),
        user=account,
        group=account,
        stop_signal="TERM",
        stop_seconds=5,
        priority=25,
        log_file=f"{plan.paths.log}/metrics.log",
        readable=(plan.paths.store, plan.paths.log, state(plan)),
        network=True,
        narrow=True,
        sees_processes=True,
    )


def _front(plan: "Plan", python: str) -> Program:
    paths = plan.paths
    run = f"{paths.run}/front"
    configuration = f"{paths.front}/nginx.conf"
    nginx = (plan.facts.nginx, "-e", f"{paths.log}/front-error.log", "-c", configuration)
    unlinked = [word for path in front_sockets(plan) for word in ("--socket", path)]
    launch = (python, f"{paths.etc}/ops/launch.py", f"{run}/launch", *unlinked, "--")
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


def front_sockets(plan: "Plan") -> list[str]:
    """To be removed before it starts: NGINX listens on none that is there."""
    paths = plan.paths
    return [paths.password_socket, *([paths.status_socket] if plan.settings.metrics else [])]


def _before_front(plan: "Plan") -> list[str]:
    """The port is not open for a moment without its firewall."""
    return ["registry", *(["firewall"] if plan.settings.firewall else [])]


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
