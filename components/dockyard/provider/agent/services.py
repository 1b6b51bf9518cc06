"""Services: whether they run, and what has to happen so that they run with what they should have loaded."""

import os
import subprocess
import time
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError
from dockyard.ops import launch
from dockyard.provider.agent import containers, ports
from dockyard.provider.agent.checks import clean_environment
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record, wanted_digests
from dockyard.provider.agent.rpc import Supervisor
from dockyard.self_hosted.bundle import Bundle, Runtime, unit_of

UP_SECONDS = 30.0
IDLE_LOOKS = 20
"""So many times in a row, 50 ms apart, a service was not about to be started again."""
LINES = 20
SINCE = (60, 70)
"""Faults ALREADY_STARTED and NOT_RUNNING of supervisord: a program has begun or ended since it was looked at."""


def supervisor_of(bundle: Bundle) -> Supervisor | None:
    """The bundle's supervisord, where it has one."""
    if bundle.supervisor is None:
        return None
    return Supervisor(bundle.supervisor, bundle.files[bundle.supervisor].content)


def running(bundle: Bundle) -> dict[str, int]:
    """Service -> main process, of those that run."""
    names = [service.name for service in bundle.services if not service.container]
    found = containers.running(bundle)
    if bundle.runtime is Runtime.SYSTEMD:
        return found | _systemd_running(names)
    supervisor = supervisor_of(bundle)
    processes = supervisor.processes() if supervisor else {}
    alive = {name: entry["pid"] for name, entry in processes.items() if entry["statename"] == "RUNNING"}
    return found | {name: alive[name] for name in names if name in alive}


def _systemd_running(names: list[str]) -> dict[str, int]:
    found = _shown(names, "ActiveState", "MainPID")
    alive = {name: it for name, it in found.items() if it.get("ActiveState") in ("active", "reloading")}
    return {name: int(it.get("MainPID") or 0) for name, it in alive.items()}


def disabled(bundle: Bundle) -> list[str]:
    """Units of systemd that are there and would not be started at the next boot."""
    if bundle.runtime is not Runtime.SYSTEMD:
        return []
    names = [service.name for service in bundle.services if not service.container]
    states = {name: it.get("UnitFileState") for name, it in _shown(names, "UnitFileState").items()}
    return [name for name in names if states.get(name) not in ("enabled", "", None)]


def _shown(names: list[str], *properties: str) -> dict[str, dict[str, str]]:
    """Service -> what systemd knows of its unit."""
    if not names:
        return {}
    command = ["systemctl", "show", f"--property={','.join(('Id', *properties))}", *map(unit_of, names)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in done.stdout.split("\n\n")
    ]
    return {block["Id"].removesuffix(".service"): block for block in blocks if "Id" in block}


def own_processes(plan: Plan) -> set[int]:
    """The processes below which everything of this resource runs, as it was and as it shall be."""
    found: set[int] = set()
    for bundle in (plan.bundle, plan.old):
        if bundle is not None:
            supervisor = supervisor_of(bundle)
            found |= {supervisor.pid()} if supervisor else set(running(bundle).values())
            found |= containers.processes(bundle)
            found |= {pid for path in run_files(bundle) for pid in launch.recorded_members(path)}
    return found - {0}


def run_files(bundle: Bundle) -> list[Path]:
    """Where the services' launchers remember their processes."""
    return [Path(service.run_file) for service in bundle.services if service.run_file]


@dataclass(frozen=True)
class Need:
    """What one service needs: "restart", "reload" or "start"; "recreate" for a container that was made otherwise."""

    service: str
    action: str


def needs(bundle: Bundle, record: Record, alive: set[str]) -> list[Need]:
    """What the services need so that each runs with the present files, in order."""
    wanted = wanted_digests(bundle)
    differing = containers.differing(bundle, record)
    found = []
    for service in bundle.services:
        restart, reload = (f"{action}:{service.name}" for action in ("restart", "reload"))
        if service.name not in alive:
            found.append(Need(service.name, "start"))
        elif differing.get(service.name) == "recreate":
            found.append(Need(service.name, "recreate"))
        elif service.name in differing or record.loaded.get(restart) != wanted[restart]:
            found.append(Need(service.name, "restart"))
        elif record.loaded.get(reload) != wanted[reload]:
            found.append(Need(service.name, "reload"))
    return found


def apply_supervisor(plan: Plan, record: Record) -> list[str]:
    """Brings supervisord and its programs up to date; gives what was done."""
    bundle, supervisor = plan.bundle, supervisor_of(plan.bundle)
    if supervisor is None:
        raise DockyardError("runtime supervisor needs the path of supervisord's configuration")
    if record.loaded.get("daemon", "") != wanted_digests(bundle)["daemon"]:
        # supervisord reads its own settings only when it starts, and the old one may answer elsewhere.
        for before in (plan.old or bundle, bundle):
            (supervisor_of(before) or supervisor).stop()
    if not supervisor.pid():
        supervisor.start()
        return ["started supervisord"]
    done = []
    fresh: set[str] = set()
    if record.loaded.get("programs") != wanted_digests(bundle)["programs"]:
        fresh = _update_programs(supervisor)
        done = [f"updated {name}" for name in sorted(fresh)]
    # A program that supervisord has just started may still be STARTING: it is alive, and has loaded the files.
    states = {name: entry["statename"] for name, entry in supervisor.processes().items()}
    alive = {name for name, state in states.items() if state in ("RUNNING", "STARTING")}
    outside = {service.name for service in containers.contained(bundle)}
    for need in needs(bundle, record, alive):
        if need.service in outside or (need.service in fresh and need.service in alive):
            continue
        _act(supervisor, need, states.get(need.service, ""))
        done.append(f"{need.action}ed {need.service}")
    return done


def _update_programs(supervisor: Supervisor) -> set[str]:
    """`supervisorctl update`: programs that are new, changed or gone in the configuration; gives the started ones."""
    try:
        (added, changed, removed), *_ = supervisor.call("reloadConfig")
    except xmlrpc.client.Fault as fault:
        raise DockyardError(f"supervisord refuses its configuration: {fault.faultString}") from None
    for name in (*removed, *changed):
        supervisor.call("stopProcessGroup", name)
        supervisor.call("removeProcessGroup", name)
    for name in (*changed, *added):
        supervisor.call("addProcessGroup", name)
    return {*changed, *added}


def _act(supervisor: Supervisor, need: Need, state: str) -> None:
    try:
        if need.action == "reload":
            supervisor.call("signalProcess", need.service, "HUP")
            return
        if state == "RUNNING" and supervisor.begins_again(need.service):
            supervisor.restart(need.service)
            return
        if state not in ("STOPPED", "EXITED", "FATAL", "UNKNOWN", ""):
            supervisor.call("stopProcess", need.service)
        supervisor.call("startProcess", need.service, False)
    except xmlrpc.client.Fault as fault:
        # supervisord begins by itself what has ended, and what begins now loads the present files: `wait_until_up` sees whether it runs.
        if fault.faultCode not in SINCE:
            raise DockyardError(f"cannot {need.action} {need.service}: {fault.faultString}") from None


def wait_until_up(bundle: Bundle, seconds: float = UP_SECONDS) -> None:
    """Returns once every service runs and every required port answers. Raises DockyardError with the log's end."""
    names = [service.name for service in bundle.services]
    deadline = time.monotonic() + seconds
    idle = 0
    while True:
        alive = running(bundle)
        missing = [name for name in names if name not in alive]
        silent = [address for address in bundle.requires.ports if not missing and not ports.answers(address)]
        if not missing and not silent:
            return
        idle = idle + 1 if _given_up(bundle, missing) else 0
        if idle > IDLE_LOOKS or time.monotonic() > deadline:
            raise DockyardError(_failure(bundle, missing, silent))
        time.sleep(0.05)


def _given_up(bundle: Bundle, missing: list[str]) -> bool:
    """Whether a missing service has ended and nobody is about to start it again."""
    supervisor = supervisor_of(bundle)
    states = (
        {name: entry["statename"] for name, entry in supervisor.processes().items()} if supervisor else {}
    )
    return any(states.get(name) in ("FATAL", "EXITED") for name in missing)


def _failure(bundle: Bundle, missing: list[str], silent: list[str]) -> str:
    what = f"{', '.join(missing)}: does not run" if missing else f"nothing answers at {', '.join(silent)}"
    lines = [what]
    for name in missing or [service.name for service in bundle.services]:
        lines += [f"the end of the log of {name}:", *(f"  {line}" for line in log_tail(bundle, name))]
    return "\n    ".join(lines)


def log_tail(bundle: Bundle, name: str) -> list[str]:
    """The end of what a service has said."""
    if name in {service.name for service in containers.contained(bundle)}:
        return containers.log_tail(bundle, name)
    if bundle.runtime is Runtime.SYSTEMD:
        command = ["journalctl", "--unit", name, "--lines", str(LINES), "--no-pager", "--output", "cat"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        return done.stdout.splitlines()[-LINES:]
    supervisor = supervisor_of(bundle)
    entry: dict[str, Any] = supervisor.processes().get(name, {}) if supervisor else {}
    lines = [str(entry[key]) for key in ("spawnerr",) if entry.get(key)]
    for key in ("stdout_logfile", "stderr_logfile"):
        path = entry.get(key)
        if path and os.path.isfile(path):
            with open(path, errors="replace") as stream:
                lines += stream.read()[-8192:].splitlines()[-LINES:]
    return lines
