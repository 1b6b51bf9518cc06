"""The commands of `ops.pyz`."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops import acme, exporter, firewall, insured, rotation
from dockyard.ops.accounts import run_as
from dockyard.ops.audit import audit, wanted
from dockyard.ops.backup import backup, check
from dockyard.ops.doctor import doctor
from dockyard.ops.drill import drill
from dockyard.ops.errors import OpsError
from dockyard.ops.garbage import collect
from dockyard.ops.report import Report
from dockyard.ops.restore import Wish, restore
from dockyard.ops.retention import retain
from dockyard.ops.schedule import GROUPS, keep, look_after, run_job, tick
from dockyard.ops.scrub import scrub
from dockyard.ops.settings import Settings, load
from dockyard.ops.status import count, report_now
from dockyard.ops.watch import watch


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code: 0 done, 1 failed."""
    os.umask(0o027)
    signal.signal(signal.SIGTERM, _ended)
    options = _options(arguments)
    report = Report()
    return report.told(lambda: _run(options, report))


def _run(options: argparse.Namespace, report: Report) -> int:
    settings = load(options.config)
    if options.command in OF_BACKUPS and not settings.backs_up:
        raise OpsError(*insured.NONE_ARE_MADE)
    return COMMANDS[options.command](settings, options, report)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops.pyz")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--at", default="")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--html", action="store_true")
    parser.add_argument("--wanted", default="")
    parser.add_argument("--group", choices=GROUPS, default="operations")
    return parser.parse_args(arguments)


def _ended(*_: object) -> None:
    """SIGTERM ends it as an exit does: whatever has to be put back is put back."""
    sys.exit(143)


def _backup(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(backup, settings, report))


def _check(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(check, settings, report))


def _drill(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(drill, settings, report))


def _tick(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    tick(settings, options.group, options.config, _runner(settings, options.group))
    return 0


def _gc(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """Begun by whoever calls: root alone closes the front of an instance that is another account's."""
    _refuse_others(settings, "collect the garbage of this instance")
    found = collect(settings, options.dry_run, options.force, report)
    report.result(found)
    return 1 if found.get("broken") else 0


def _keep(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    keep(settings, options.group, options.config, _runner(settings, options.group))
    return 0


def _runner(settings: Settings, group: str) -> Callable[[str, Path], None]:
    return partial(run_job, meanwhile=partial(look_after, settings)) if group == "upkeep" else run_job


def _restore(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """As whoever calls: only root may put files into the store of another account."""
    if settings.account and os.geteuid() != 0:
        raise OpsError("only root can restore this instance", "run it as root, with sudo")
    report.result(restore(settings, Wish(options.to, options.at, options.force), report))
    return 0


def _retention(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """Begun by whoever calls: what touches the store runs as its owner, to whom only root can change."""
    _refuse_others(settings, "run retention on this instance")
    report.result(retain(settings, options.dry_run, report))
    return 0


def _scrub(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """Begun by whoever calls: the store is read and healed by its owner, from what only the account of backups may read."""
    _refuse_others(settings, "scrub this instance")
    found = scrub(settings, options.dry_run, options.whole, report)
    report.result(found)
    return 1 if found["broken"] else 0


def _inventory(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """Begun by whoever calls: the store is read as its owner, and the pages belong to whoever owns their folder."""
    if settings.owner and os.geteuid() != 0:
        raise OpsError("only root can take the inventory of this instance", "run it as root, with sudo")
    report.result(count(settings, report))
    return 0


def _report(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    if settings.owner and os.geteuid() != 0:
        raise OpsError("only root can report on this instance", "run it as root, with sudo")
    report.result(report_now(settings, report, options.html))
    return 0


def _doctor(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """As whoever calls: what this user may not see is told as skipped."""
    report.result(doctor(settings))
    return 0


def _audit(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    if settings.alone:
        raise OpsError("without a front nothing is written of who did what", "set front to nginx")
    for number in (signal.SIGPIPE, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # whoever reads it has seen enough
    report.result(audit(settings, wanted(options.wanted), report))
    return 0


def _rotate(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    report.result(rotation.rotate(settings, options.force, 2 * rotation.SECONDS))
    return 0


def _metrics(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    exporter.serve(settings)
    return 0


def _metrics_show(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    report.result({"metrics": exporter.asked(settings)})
    return 0


def _watch(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    watch(settings)
    return 0


def _firewall(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    firewall.keep(settings, partial(load, options.config))
    return 0


def _firewall_confirm(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    report.result(firewall.confirm(settings))
    return 0


def _firewall_status(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    report.result(firewall.status(settings))
    return 0


def _certificate(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    """As whoever calls: keys belong to root where there are accounts."""
    _refuse_others(settings, "renew the certificate of this instance")
    report.result(acme.certificate(settings, options.force, report))
    return 0


def _certificate_status(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    _refuse_others(settings, "look at the certificate of this instance")
    report.result(acme.status(settings))
    return 0


def _refuse_others(settings: Settings, what: str) -> None:
    if settings.owner and os.geteuid() != 0:
        raise OpsError(f"only root can {what}", "run it as root, with sudo")


def _as_account(settings: Settings, report: Report, part: Callable[[], dict[str, Any]]) -> int:
    """Runs the part as the account of backups, and says what it gave: 1 where it found faults."""

    def told() -> int:
        found = part()
        report.result(found)
        return 1 if found.get("broken") else 0

    return run_as(settings.account, lambda: report.told(told))


OF_BACKUPS = ("backup", "check", "drill", "restore")
COMMANDS: dict[str, Callable[[Settings, argparse.Namespace, Report], int]] = {
    "audit": _audit,
    "backup": _backup,
    "certificate": _certificate,
    "certificate-status": _certificate_status,
    "check": _check,
    "doctor": _doctor,
    "drill": _drill,
    "firewall": _firewall,
    "firewall-confirm": _firewall_confirm,
    "firewall-status": _firewall_status,
    "gc": _gc,
    "inventory": _inventory,
    "keep": _keep,
    "report": _report,
    "metrics": _metrics,
    "metrics-show": _metrics_show,
    "restore": _restore,
    "retention": _retention,
    "rotate": _rotate,
    "scrub": _scrub,
    "tick": _tick,
    "watch": _watch,
}
