"""`ops.pyz doctor`: what is wrong with an instance, as its host sees it. Each check is for itself and has its time."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import (
    ages,
    alone,
    certificate,
    clock,
    configuration,
    containers,
    faults,
    gates,
    guard,
    journal,
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
LOGS = {"registry": "registry.log", "front": "front-error.log"}
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
        **_configuration(settings),
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


def _configuration(settings: Settings) -> dict[str, Check]:
    """NGINX's."""
    at = settings.looks_at
    look = partial(configuration.configuration, at["nginx"], Path(at["front"]))
    return {} if settings.alone else {configuration.NAME: look}


def _programs(settings: Settings) -> dict[str, Check]:
    """What runs and what it has said."""
    at, docker, process = settings.looks_at, settings.containers, services.process
    if settings.alone:
        return _alone(settings)
    logs, units = Path(at["logs"]), at.get("units", {})
    shown = {
        service: journal.shown(units[service]) if units else f"tail -n 50 {logs / name}"
        for service, name in LOGS.items()
    }
    if docker:
        shown["registry"] = containers.show_log(docker["file"], "registry")
    if settings.closing:
        shown["front"] = containers.show_log(docker["file"], "front")
    places = {"registry": settings.run_file, "front": settings.front_run_file}
    found: dict[str, Check] = {
        f"{service} runs": partial(process, service, place, shown[service], docker.get(service, ""))
        for service, place in places.items()
    }
    found["registry answers"] = (
        partial(published.answers, at["listen"][0], at["domain"], shown["registry"])
        if settings.closing
        else partial(services.answers, Path(at["socket"]), shown["registry"])
    )
    found |= {f"log {unit}": partial(journal.journal, unit) for unit in units.values()}
    found |= {f"log {name}": partial(faults.log, logs / name) for name in at["log_files"]}
    if docker:
        found["containers"] = partial(containers.containers, docker["file"])
    return found


def _alone(settings: Settings) -> dict[str, Check]:
    """Of a registry without a front."""
    file, configuration = settings.containers["file"], settings.containers["registry"]
    log = containers.show_log(file, "registry")
    return {
        "registry runs": partial(services.process, "registry", settings.run_file, log, configuration),
        alone.NAME: partial(alone.answers, settings, log),
        containers.NAME: partial(containers.containers, file, ("registry",)),
    }


def _ports(settings: Settings) -> Verdict:
    listening = "registry" if settings.alone else "front"
    own = services.front_processes(settings.front_run_file, settings.containers.get(listening, ""))
    return ports.ports([ports.address(it) for it in settings.looks_at["listen"]], own)


def _network(settings: Settings) -> dict[str, Check]:
    repository = settings.repository_file if settings.backs_up else None
    listens = [ports.address(it) for it in settings.looks_at["listen"]]
    found: dict[str, Check] = {
        dns.NAME: partial(dns.names, settings.looks_at["domain"], repository),
        gates.NAME: partial(gates.gates, listens),
    }
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
    """Who holds the lock is asked before and after: an operation may begin or end meanwhile."""
    before, said = _holder(settings)[0], None
    with contextlib.suppress(FileNotFoundError):
        said = settings.read_only.read_text()
    judged = ages.judge_front(said, before or _holder(settings)[0])
    return alone.writes(settings, judged) if settings.alone else judged
