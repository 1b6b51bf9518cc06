"""The commands of `ops.pyz`."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dockyard.ops.accounts import run_as
from dockyard.ops.backup import backup, check
from dockyard.ops.drill import drill
from dockyard.ops.errors import OpsError
from dockyard.ops.report import Report
from dockyard.ops.settings import Settings, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code: 0 done, 1 failed."""
    os.umask(0o027)
    signal.signal(signal.SIGTERM, _ended)
    options = _options(arguments)
    report = Report()
    return _told(report, lambda: COMMANDS[options.command](load(options.config), options, report))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops.pyz")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--config", type=Path, required=True)
    return parser.parse_args(arguments)


def _told(report: Report, part: Callable[[], int]) -> int:
    """The part's exit code; 1 for what is told as an error."""
    try:
        return part()
    except OpsError as error:
        report.error(error.message, error.hint)
    except OSError as error:
        report.error(f"{error.filename or 'the host'}: {error.strerror or error}", "")
    return 1


def _ended(*_: object) -> None:
    """SIGTERM ends it as an exit does: whatever has to be put back is put back."""
    sys.exit(143)


def _backup(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(backup, settings, report))


def _check(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(check, settings, report))


def _drill(settings: Settings, options: argparse.Namespace, report: Report) -> int:
    return _as_account(settings, report, partial(drill, settings, report))


def _as_account(settings: Settings, report: Report, part: Callable[[], dict[str, Any]]) -> int:
    """Runs the part as the account of backups, and says what it gave: 1 where it found faults."""

    def told() -> int:
        found = part()
        report.result(found)
        return 1 if found.get("broken") else 0

    return run_as(settings.account, lambda: _told(report, told))


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace, Report], int]] = {
    "backup": _backup,
    "check": _check,
    "drill": _drill,
}
