"""How a host differs from its bundle: one look at everything."""

import os
import pwd
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from dockyard.provider.agent import docker, guard
from dockyard.provider.agent.entries import directory_difference, file_difference
from dockyard.provider.agent.packages import missing
from dockyard.provider.agent.plan import Plan
from dockyard.provider.agent.record import Record, wanted_digests
from dockyard.provider.agent.services import Need, disabled, needs, running
from dockyard.self_hosted.bundle import Runtime


class Finding(NamedTuple):
    """One difference."""

    path: str
    """Where in the resource's inputs: `files["/etc/a.conf"]`."""
    text: str
    """For people: `/etc/a.conf was edited`."""


@dataclass
class Report:
    """The differences, and what they call for."""

    findings: list[Finding] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    """Services that the next boot would not start."""

    def as_json(self) -> dict[str, Any]:
        return {
            "findings": [list(finding) for finding in self.findings],
            "needs": [asdict(need) for need in self.needs],
            "packages": self.packages,
            "accounts": self.accounts,
            "disabled": self.disabled,
        }


def inspect(plan: Plan, record: Record) -> Report:
    """Looks; changes nothing."""
    bundle = plan.bundle
    alive = set(running(bundle))
    report = Report(
        needs=needs(bundle, record, alive),
        packages=missing(bundle),
        accounts=[account.name for account in bundle.accounts if not _has_account(account.name)],
        disabled=disabled(bundle),
    )
    report.findings += [Finding("packages", f"package {name} is not installed") for name in report.packages]
    report.findings += [Finding("accounts", f"account {name} is missing") for name in report.accounts]
    for path, folder in bundle.directories.items():
        if text := directory_difference(path, folder):
            report.findings.append(Finding(f'directories["{path}"]', f"{path} {text}"))
    for path, file in bundle.files.items():
        if text := file_difference(path, file):
            report.findings.append(Finding(f'files["{path}"]', f"{path} {text}"))
    report.findings += _service_findings(plan, record, report)
    report.findings += _container_findings(plan, record)
    return report


def _container_findings(plan: Plan, record: Record) -> Iterator[Finding]:
    """What stands on the host beside the bundle's own files, because only the host knows it."""
    wanted = plan.bundle.containers
    if wanted is None:
        return
    path = docker.numbers_file(wanted)
    if text := file_difference(path, docker.numbers(wanted)):
        yield Finding("containers", f"{path} {text}")
    if text := docker.program_difference(plan.bundle, record):
        yield Finding("containers", f"{wanted.program[2]} {text}")


def _service_findings(plan: Plan, record: Record, report: Report) -> Iterator[Finding]:
    wanted = wanted_digests(plan.bundle)
    names = [service.name for service in plan.bundle.services]
    for need in report.needs:
        texts = {"start": "does not run", "recreate": "was made or changed otherwise"}
        text = texts.get(need.action, "has not loaded its present files")
        yield Finding(f"services[{names.index(need.service)}]", f"service {need.service} {text}")
    for name in report.disabled:
        yield Finding(
            f"services[{names.index(name)}]", f"service {name} is not enabled: no boot would start it"
        )
    for key in ("programs", "daemon", "units"):
        if key in wanted and record.loaded.get(key) != wanted[key]:
            manager = "systemd" if plan.bundle.runtime is Runtime.SYSTEMD else "supervisord"
            yield Finding("services", f"{manager} has not loaded its present files")
            break
    if record.silence or (os.geteuid() == 0 and guard.is_ours()):
        yield Finding("packages", "an interrupted installation has left its guard")


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
