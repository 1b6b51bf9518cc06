"""The programs that do what is due, by the clock."""

from typing import TYPE_CHECKING

from dockyard.ops.schedule import GROUPS
from dockyard.self_hosted.programs import ENGINES, Program, services_python
from dockyard.self_hosted.render_ops import (
    application,
    backup_account,
    config,
    local_repository,
    periods,
    state,
)
from dockyard.self_hosted.render_traefik import folder, is_traefik
from dockyard.self_hosted.service_name import service_name
from dockyard.self_hosted.status import status_directories

if TYPE_CHECKING:
    from dockyard.self_hosted.render import Plan


def timed_groups(plan: "Plan") -> list[str]:
    """The groups of jobs that are run by the clock. Upkeep is there always: it also opens a front that was left closed."""
    every = periods(plan)
    return [group for group, jobs in GROUPS.items() if group == "upkeep" or any(map(every.get, jobs))]


def timed_programs(plan: "Plan", command: str) -> list[Program]:
    """command: `tick` looks once what is due, `keep` goes on looking."""
    makers = {"operations": _operations, "upkeep": _upkeep, "certificate": _certificate}
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
        writable=(
            *(state(plan), paths.store, paths.run, paths.log, *status_directories(plan), *local),
            *((folder(plan),) if is_traefik(plan) else ()),
        ),
        capabilities=(
            "CAP_SETUID",
            "CAP_SETGID",
            "CAP_CHOWN",
            "CAP_FOWNER",
            "CAP_DAC_OVERRIDE",
            "CAP_KILL",
        ),
        after=ENGINES if plan.compose else f"{service_name(plan, 'registry')}.service",
        # Traefik is asked whether it refuses writes.
        network=(backup is not None and not local) or is_traefik(plan),
    )


def _certificate(plan: "Plan", command: str) -> Program:
    """As root where there are accounts: it writes what NGINX's master reads, and tells it."""
    paths = plan.paths
    return Program(
        name=service_name(plan, "certificate"),
        description=f"certificate of dockyard instance {plan.instance}",
        command=_ops_command(plan, command, "certificate"),
        user=None,
        group=None,
        stop_signal="TERM",
        stop_seconds=30,
        priority=25,
        log_file=f"{paths.log}/certificate.log",
        writable=(state(plan), paths.acme),
        capabilities=("CAP_CHOWN", "CAP_DAC_OVERRIDE"),
        after=f"{service_name(plan, 'front')}.service",
        network=True,
    )


def _ops_command(plan: "Plan", command: str, group: str) -> tuple[str, ...]:
    program = (services_python(plan), "-I", "-S", application(plan))
    return (*program, command, "--config", config(plan), "--group", group)
