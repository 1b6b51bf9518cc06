"""The task that keeps retention: `acr purge` on a schedule."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from dockyard.azure.abac import LONGEST, READER, WRITER, Role, condition
from dockyard.azure.purge import Purge, purges
from dockyard.errors import Problem
from dockyard.reader import Reader
from dockyard.retention import Rule

if TYPE_CHECKING:
    import pulumi
    import pulumi_azure_native as azure

    from dockyard.azure.site import Site

API_VERSION = "2025-03-01-preview"
"""The first that lets a task sign in to its own registry with its own identity; `azure_native.containerregistry.Task` speaks 2019's."""
SCHEDULE = "0 3 * * *"
LONGEST_MINUTES = 170
"""In a registry with repository permissions `acr purge` cannot sign in again after three hours."""
_DELETE = tuple(action.replace("/read", "/delete") for action in READER.actions)
CONTRIBUTOR = Role(
    "Container Registry Repository Contributor",
    "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
    WRITER.actions + _DELETE,
)
"""Reads, writes and deletes."""
LISTER = Role("Container Registry Repository Catalog Lister", "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7")
"""Lists all repositories; takes no condition."""
_FIELD = r"[0-9A-Za-z*/,-]+"
_CRON = re.compile(rf"{_FIELD}(?: {_FIELD}){{4}}")


class Retention(NamedTuple):
    """The rules of some repositories, and where in the arguments they stand."""

    path: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class CleanupPlan:
    """What the task does, and when."""

    purges: tuple[Purge, ...]
    schedule: str = SCHEDULE
    minutes: int = 60
    dry_run: bool = True

    def condition(self) -> str | None:
        """Holds the role that deletes to the repositories of the commands; None where that is longer than Azure takes."""
        names = sorted({name for purge in self.purges for name in purge.repositories})
        text = condition(CONTRIBUTOR, names)
        return text if len(text) <= LONGEST else None

    def steps(self) -> str:
        """The task's own YAML. Each step may take as long as the task: the steps' default is ten minutes."""
        steps = [{"cmd": purge.command(self.dry_run)} for purge in self.purges]
        document = {"version": "v1.1.0", "stepTimeout": self.minutes * 60, "steps": steps}
        return yaml.safe_dump(document, sort_keys=False, width=10**6)


def read_cleanup(reader: Reader, retentions: Mapping[str, Retention]) -> CleanupPlan | None:
    """Reads `cleanup` and `cleanup_dry_run`; retentions: name of a repository to its rules. None where nothing may expire.

    Each problem of rules that several repositories share is told once. Sources: "Automatically purge images", "Schedule ACR Tasks".
    """
    entry = Reader(reader.get("cleanup"), reader.problems, reader.at("cleanup"))
    schedule = entry.text("schedule", SCHEDULE)
    if not _CRON.fullmatch(schedule):
        hint = "minute, hour, day, month and day of the week in UTC: 0 3 * * Sun"
        entry.problem("schedule", f"must be a cron expression of five fields, got {schedule!r}", hint)
    minutes = entry.integer("timeout_minutes", 60, 5, LONGEST_MINUTES, "the next run does what is left")
    counts_tags = entry.boolean("keep_last_counts_tags", False)
    entry.finish()
    dry_run = reader.boolean("cleanup_dry_run", True)
    found = _purges(retentions, reader.problems, counts_tags)
    return CleanupPlan(found, schedule, minutes, dry_run) if found else None


def _purges(
    retentions: Mapping[str, Retention], problems: list[Problem], counts_tags: bool
) -> tuple[Purge, ...]:
    """One command of each rule for all repositories that share the rules."""
    shared: dict[Retention, list[str]] = {}
    for name in sorted(retentions):
        shared.setdefault(retentions[name], []).append(name)
    return tuple(
        purge
        for (path, rules), names in shared.items()
        for purge in purges(rules, names, problems, path, counts_tags=counts_tags)
    )


def make_cleanup(
    name: str,
    plan: CleanupPlan,
    site: "Site",
    opts: "pulumi.ResourceOptions",
    *,
    abac: bool = True,
) -> "azure.resources.Resource":
    """The task, with what it needs to delete.

    abac: whether the registry has repository permissions. There a task may do nothing until its identity is given roles; elsewhere it may
    do everything with its own registry. condition: holds the role that may delete to some repositories.
    Sources: "Effects of enabling ABAC on ACR Tasks" in "Microsoft Entra repository permissions"; "Automatically purge images".
    """
    import pulumi
    import pulumi_azure_native as azure

    task = azure.resources.Resource(
        f"{name}-cleanup",
        api_version=API_VERSION,
        resource_provider_namespace="Microsoft.ContainerRegistry",
        parent_resource_path=pulumi.Output.format("registries/{0}", site.registry_name),
        resource_type="tasks",
        resource_name_="cleanup",
        resource_group_name=site.resource_group_name,
        location=site.location,
        tags=dict(site.tags),
        identity=azure.resources.IdentityArgs(type=azure.resources.ResourceIdentityType.SYSTEM_ASSIGNED)
        if abac
        else None,
        properties=_properties(plan, abac),
        opts=opts,
    )
    if abac:
        _let_in(f"{name}-cleanup", task, plan, site, opts)
    return task


def _let_in(
    name: str,
    task: "azure.resources.Resource",
    plan: CleanupPlan,
    site: "Site",
    opts: "pulumi.ResourceOptions",
) -> None:
    from dockyard.azure.roles import assign, principal_of

    principal = principal_of(task.identity)
    assign(f"{name}-delete", site.registry_id, principal, CONTRIBUTOR.guid, opts, plan.condition())
    assign(f"{name}-list", site.registry_id, principal, LISTER.guid, opts)


def _properties(plan: CleanupPlan, abac: bool) -> dict[str, Any]:
    source: dict[str, Any] = {"identity": "[system]"} if abac else {"loginMode": "Default"}
    triggers: Sequence[dict[str, str]] = [
        {"name": "schedule", "schedule": plan.schedule, "status": "Enabled"}
    ]
    return {
        "status": "Enabled",
        "platform": {"os": "Linux", "architecture": "amd64"},
        "agentConfiguration": {"cpu": 2},
        "timeout": plan.minutes * 60,
        "step": {
            "type": "EncodedTask",
            "encodedTaskContent": base64.b64encode(plan.steps().encode()).decode(),
        },
        "trigger": {"timerTriggers": triggers},
        "credentials": {"sourceRegistry": source},
    }
