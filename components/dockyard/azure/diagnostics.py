"""Where the registry's logs go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dockyard.azure.ids import check_key, read_id
from dockyard.errors import Problem
from dockyard.later import is_later
from dockyard.reader import Reader

if TYPE_CHECKING:
    import pulumi

    from dockyard.azure.site import Site

MOST = 5
CATEGORIES = {
    "repository_events": "ContainerRegistryRepositoryEvents",
    "login_events": "ContainerRegistryLoginEvents",
}
_PLACES = {
    "workspace_id": "Microsoft.OperationalInsights/workspaces/{0}",
    "storage_account_id": "Microsoft.Storage/storageAccounts/{0}",
}


@dataclass(frozen=True)
class Diagnostics:
    """One setting; the ids may be known during the deployment only. logs: categories that are on."""

    key: str
    workspace_id: Any = None
    storage_account_id: Any = None
    logs: tuple[str, ...] = tuple(CATEGORIES.values())
    metrics: bool = True


def read_diagnostics(reader: Reader) -> tuple[Diagnostics, ...]:
    """Reads `diagnostics`, sorted by key. Sources: "Monitor Azure Container Registry"; "Diagnostic settings in Azure Monitor"."""
    found, places = [], dict[tuple[str, str], str]()
    for key, entry in reader.objects("diagnostics"):
        check_key(key, entry)
        ids = {place: read_id(entry, place, kind) for place, kind in _PLACES.items()}
        logs = tuple(category for name, category in CATEGORIES.items() if entry.boolean(name, True))
        setting = Diagnostics(key, **ids, logs=logs, metrics=entry.boolean("metrics", True))
        entry.finish()
        if not any(value is not None for value in ids.values()):
            hint = "say workspace_id or storage_account_id"
            entry.problems.append(Problem(entry.path, "goes nowhere", hint))
        if not logs and not setting.metrics:
            hint = "leave repository_events, login_events or metrics on"
            entry.problems.append(Problem(entry.path, "sends nothing", hint))
        for place, value in ids.items():
            if isinstance(value, str) and not is_later(value):
                other = places.setdefault((place, value.lower()), key)
                if other != key:
                    hint = "Azure takes one setting of a resource for each place"
                    entry.problem(place, f"is where {other!r} goes already", hint)
        found.append(setting)
    if len(found) > MOST:
        reader.problem("diagnostics", f"must be {MOST} at most, got {len(found)}")
    return tuple(found)


def make_diagnostics(
    name: str, plan: Sequence[Diagnostics], site: "Site", opts: "pulumi.ResourceOptions"
) -> "list[pulumi.Resource]":
    """One setting for each key. Both categories are always said: what is left out of a setting, Azure gives back as off."""
    import pulumi_azure_native as azure

    monitor = azure.monitor
    return [
        monitor.DiagnosticSetting(
            f"{name}-diagnostics-{setting.key}",
            name=setting.key,
            resource_uri=site.registry_id,
            workspace_id=setting.workspace_id,
            storage_account_id=setting.storage_account_id,
            logs=[
                monitor.DiagnosticsLogSettingsArgs(category=category, enabled=category in setting.logs)
                for category in CATEGORIES.values()
            ],
            metrics=[monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=setting.metrics)],
            opts=opts,
        )
        for setting in plan
    ]
