"""`ops.pyz doctor`: what is wrong with an instance, as its host sees it. Each check is for itself and has its time."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import (
    ages,
    certificate,
    clock,
    configuration,
    containers,
    faults,
    guard,
    permissions,
    ports,
    published,
    results,
    services,
    space,
    versions,
)
from dockyard.ops import names as dns
from dockyard.ops.errors import OpsError
from dockyard.ops.settings import Settings
from dockyard.ops.verdict import Verdict, failure, skipped

SECONDS = 20.0
JOBS = ("backup", "check", "drill", "gc", "retention", "scrub")
Check = Callable[[], Verdict]


def doctor(settings: Settings) -> dict[str, Any]:
    """{"checks": [...]}: name, status, evidence and hint of each, in a fixed order."""
    if not settings.looks_at:
        raise OpsError("this instance was laid out before there was a doctor", "run `dockyard up` again")
    return {"checks": [it.plain() for it in examine(checks(settings), SECONDS)]}


def examine(wanted: Mapping[str, Check], seconds: float) -> list[Verdict]:
    """Runs them side by side. One that raises, or takes longer than `seconds`, is a failure that says so."""
    found: dict[str, Verdict] = {}

    def run(name: str, check: Check) -> None:
        try:
            found[name] = check()
        except PermissionError as error:
            place = error.filename or "a file"
            found[name] = skipped(name, f"this user may not read {place}", "sudo dockyard doctor")
        except Exception as error:
            found[name] = failure(name, f"the check failed: {error}", "dockyard doctor")

    threads = [threading.Thread(target=run, args=it, daemon=True) for it in wanted.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    ended = dict(found)
    slow = f"not done after {seconds:g} s"
    return [ended.get(name) or failure(name, slow, "dockyard doctor") for name in wanted]


def checks(settings: Settings) -> dict[str, Check]:
    at = settings.looks_at
    near = ports.reachable(at["listen"][0])
    return {
        **_programs(settings),
        "permissions": partial(permissions.permissions, at["secrets"], settings.owner, settings.store),
        "configuration": partial(configuration.configuration, at["nginx"], Path(at["front"])),
        "ports": partial(published.ports, at["listen"]) if settings.closing else partial(_ports, settings),
        "certificate": partial(certificate.certificate, settings, near),
        "clock": clock.clock,
        "registry version": partial(versions.version, "registry", settings.registry),
        "lock": partial(_lock, settings),
        "writes": partial(_writes, settings),
        **_network(settings),
        **_disks(settings),
        **_jobs(settings),
    }


def _programs(settings: Settings) -> dict[str, Check]:
    """What runs and what it has said."""
    at, docker, process = settings.looks_at, settings.containers, services.process
    logs, front = Path(at["logs"]), Path(at["front_run_file"])
    registry_log, error_log = f"tail -n 50 {logs / 'registry.log'}", f"tail -n 50 {logs / 'front-error.log'}"
    if settings.closing:
        error_log = containers.show_log(docker["file"], "front")
    if docker:
        registry_log = containers.show_log(docker["file"], "registry")
    found: dict[str, Check] = {
        "registry runs": partial(
            process, "registry", settings.run_file, registry_log, docker.get("registry", "")
        ),
        "front runs": partial(process, "front", front, error_log, docker.get("front", "")),
        "registry answers": partial(services.answers, Path(at["socket"]), registry_log),
        **{f"log {name}": partial(faults.log, logs / name) for name in at["log_files"]},
    }
    if settings.closing:
        found["registry answers"] = partial(published.answers, at["listen"][0], at["domain"], registry_log)
    if docker:
        found["containers"] = partial(containers.containers, docker["file"])
    return found


def _ports(settings: Settings) -> Verdict:
    front = Path(settings.looks_at["front_run_file"])
    own = services.front_processes(front, settings.containers.get("front", ""))
    return ports.ports([ports.address(it) for it in settings.looks_at["listen"]], own)


def _network(settings: Settings) -> dict[str, Check]:
    repository = settings.repository_file if settings.backs_up else None
    found: dict[str, Check] = {dns.NAME: partial(dns.names, settings.looks_at["domain"], repository)}
    return {**found, **({guard.NAME: partial(guard.guard, settings)} if settings.firewall_table else {})}


def _disks(settings: Settings) -> dict[str, Check]:
    places = {"store": settings.store, "state": settings.state}
    if folder := settings.looks_at["backup"]:
        places["backup"] = Path(folder)

    def look(name: str, path: Path) -> Verdict:
        return space.judge(name, path, space.room(path))

    return {f"{name} disk": partial(look, f"{name} disk", path) for name, path in places.items()}


def _jobs(settings: Settings) -> dict[str, Check]:
    def look(job: str) -> Verdict:
        known = results.last(settings.state, job)
        return ages.judge(job, known, settings.every.get(job, 0), time.time())

    absent = () if settings.backs_up else ("backup", "check", "drill")
    without = ("retention",) if settings.retention is None else ()
    return {f"last {job}": partial(look, job) for job in JOBS if job not in (*absent, *without)}


def _holder(settings: Settings) -> tuple[str, float]:
    return ages.lock_holder(settings.state / "lock", Path("/proc/locks").read_text(), time.time())


def _lock(settings: Settings) -> Verdict:
    return ages.judge_lock(*_holder(settings))


def _writes(settings: Settings) -> Verdict:
    switch = settings.read_only
    return ages.judge_front(switch.read_text() if switch.exists() else None, _holder(settings)[0])
