"""The agent's verbs."""

import json
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError, ProblemsError
from dockyard.provider.agent import clock, compose, containers, docker, images, packages, remove, upgrade
from dockyard.provider.agent.apply import adopt_record, apply_files, confirm
from dockyard.provider.agent.checks import clear_stages
from dockyard.provider.agent.inspect import inspect
from dockyard.provider.agent.plan import Plan, plan_of
from dockyard.provider.agent.preflight import missing_binaries, problems_before
from dockyard.provider.agent.record import Record
from dockyard.provider.agent.services import apply_supervisor, running, wait_until_up
from dockyard.provider.agent.workers import taking_connections, wait_until_replaced

ACCOUNT_COMMENT = "made by dockyard"
Answer = dict[str, Any]


def _inspect(plan: Plan) -> Answer:
    return inspect(plan, Record.load(plan.record)).as_json()


def _begin(plan: Plan) -> Answer:
    """Clears what a killed run left, looks, and refuses what cannot work before anything is changed."""
    record = adopt_record(plan)
    clear_stages(plan.id)
    if os.geteuid() == 0 and plan.bundle.packages:
        packages.end(plan, record)
        clock.start(plan.bundle, record)
    report = inspect(plan, record)
    problems = problems_before(plan, report.packages)
    problems += upgrade.problems_before(plan, record, bool(report.packages))
    if problems:
        raise ProblemsError("the host", problems)
    daemons = packages.missing_packages(plan.bundle.time_daemons, plan.bundle.package_manager)
    told = clock.told(plan.bundle, daemons)
    return {**report.as_json(), "done": told, "switches": upgrade.due(plan, record)}


def _install(plan: Plan) -> Answer:
    packages.begin(plan, Record.load(plan.record), packages.missing(plan.bundle))
    return {}


def _installed(plan: Plan) -> Answer:
    record = Record.load(plan.record)
    silenced = packages.end(plan, record)
    return {"done": [f"disabled {name}" for name in silenced] + clock.start(plan.bundle, record)}


def _binaries(plan: Plan) -> Answer:
    missing = upgrade.missing_program(plan, Record.load(plan.record))
    if problems := [*missing_binaries(plan.bundle), *missing]:
        raise ProblemsError("the host", problems)
    return {}


def _files(plan: Plan) -> Answer:
    record = Record.load(plan.record)
    done = apply_files(plan, record)
    if plan.bundle.containers:
        docker.write_numbers(plan.bundle.containers)
    report = inspect(plan, record)
    reloads = {need.service for need in report.needs if need.action == "reload"}
    mains = [pid for name, pid in running(plan.bundle).items() if name in reloads] if reloads else []
    return {
        "done": done,
        **report.as_json(),
        "loaded": record.loaded,
        "workers": taking_connections(mains),
    }


def _switch(plan: Plan) -> Answer:
    return {"done": upgrade.switch(plan, Record.load(plan.record))}


def _supervisor(plan: Plan) -> Answer:
    return {"done": apply_supervisor(plan, Record.load(plan.record))}


def _images(plan: Plan) -> Answer:
    return {"images": docker.missing_images(plan.bundle)}


def _pull(plan: Plan) -> Answer:
    docker.pull(plan.image)
    return {"done": [f"pulled {plan.image}"]}


def _program(plan: Plan) -> Answer:
    return {"done": compose.prepare(plan, Record.load(plan.record))}


def _containers(plan: Plan) -> Answer:
    return {"done": compose.start(plan, Record.load(plan.record))}


def _down(plan: Plan) -> Answer:
    done = containers.down(plan.bundle)
    if plan.bundle.containers:
        images.let_go(plan.bundle.containers)
        Path(docker.numbers_file(plan.bundle.containers)).unlink(missing_ok=True)
    return {"done": done}


def _confirm(plan: Plan) -> Answer:
    # Containers first: what ends again and again is given up sooner than what is waited for.
    containers.wait_until_well(plan.bundle)
    wait_until_up(plan.bundle)
    wait_until_replaced(plan.workers)
    confirm(plan, Record.load(plan.record))
    return {}


def _services(plan: Plan) -> Answer:
    """Which of the bundle's services the host knows or runs."""
    alive = running(plan.bundle)
    names = [service.name for service in plan.bundle.services if not service.container]
    return {"services": [name for name in names if name in alive or packages.has_service(name)]}


def _stop(plan: Plan) -> Answer:
    return {"done": remove.stop_supervisor(plan)}


def _remove(plan: Plan) -> Answer:
    record = Record.load(plan.record)
    done = remove.remove_entries(plan, record)
    kept = remove.kept_folders(plan)
    made = [] if kept or remove.other_records(plan) else _made_accounts(plan)
    if kept and _made_accounts(plan):
        done.append(f"accounts {', '.join(_made_accounts(plan))} stay: the kept data belong to them")
    if record.packages:
        names = " ".join(record.packages)
        done.append(
            f"the installed packages stay; to remove them: {plan.bundle.package_manager} remove {names}"
        )
    return {"done": done, "accounts": made}


def _made_accounts(plan: Plan) -> list[str]:
    """The bundle's accounts that we made: their comment says so, however long ago it was."""
    ours = {entry.pw_name for entry in pwd.getpwall() if entry.pw_gecos.split(",")[0] == ACCOUNT_COMMENT}
    return [account.name for account in reversed(plan.bundle.accounts) if account.name in ours]


def _forget(plan: Plan) -> Answer:
    remove.forget(plan, Record.load(plan.record))
    return {}


VERBS: dict[str, Callable[[Plan], Answer]] = {
    "inspect": _inspect,
    "begin": _begin,
    "install": _install,
    "installed": _installed,
    "binaries": _binaries,
    "files": _files,
    "switch": _switch,
    "supervisor": _supervisor,
    "images": _images,
    "pull": _pull,
    "program": _program,
    "containers": _containers,
    "down": _down,
    "confirm": _confirm,
    "services": _services,
    "stop": _stop,
    "remove": _remove,
    "forget": _forget,
}


def main() -> int:
    """Answers one request: `{"ok": {...}}`, or `{"error": {subject, problems}}` for what a person can mend."""
    os.umask(0o022)
    plan = plan_of(json.load(sys.stdin))
    try:
        answer = {"ok": VERBS[sys.argv[1]](plan)}
    except ProblemsError as error:
        answer = {"error": {"subject": error.subject, "problems": [list(p) for p in error.problems]}}
    except DockyardError as error:
        answer = {"error": {"message": error.message, "hint": error.hint}}
    except OSError as error:
        name = error.filename or ""
        answer = {"error": {"message": f"{name}: {error.strerror}".removeprefix(": "), "hint": ""}}
    print(json.dumps(answer))
    return 0
