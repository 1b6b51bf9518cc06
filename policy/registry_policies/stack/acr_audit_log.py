from collections.abc import Iterator, Sequence

from dockyard.checks.values import UNKNOWN, at, first, flag, many, text

from registry_policies.azures import registries
from registry_policies.links import of_type
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

SETTINGS = {
    "azure-native:monitor:DiagnosticSetting": "resourceUri",
    "azure-native:insights:DiagnosticSetting": "resourceUri",
    "azure:monitoring/diagnosticSetting:DiagnosticSetting": "targetResourceId",
}


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    logging = [each for each in of_type(resources, *SETTINGS) if _logs(each)]
    for owner, found in registries(resources):
        if not any(_covers(each, owner, text(first(found, "registryName"))) for each in logging):
            message = f"nobody can tell who pushed to or pulled from {owner.name}: add a DiagnosticSetting with its logs"
            yield Violation(message, owner.urn)


def _covers(setting: Resource, owner: Resource, name: str) -> bool:
    """Whether it is about the registry, or may be."""
    key = SETTINGS[setting.type]
    target = at(setting.properties, key)
    if owner.urn in setting.refers_to(key):
        return True
    if target is UNKNOWN:
        return not setting.property_dependencies.get(key)
    known = name or text(first(owner.properties, "resourceName", "name"))
    is_registry = "/microsoft.containerregistry/registries/" in text(target).lower()
    return is_registry and (not known or text(target).rpartition("/")[2].lower() == known.lower())


def _logs(setting: Resource) -> bool:
    """Whether any log is turned on, or may be; metrics tell nothing of who it was."""
    logs = first(setting.properties, "logs", "enabledLogs", "enabled_logs")
    return logs is UNKNOWN or any(
        each is UNKNOWN or at(each, "enabled") is UNKNOWN or flag(at(each, "enabled")) is not False
        for each in many(logs)
    )


RULE = StackRule(
    name="acr-audit-log",
    description="Without a log nobody sees a stolen login in use, nor what it pushed.",
    severity=Severity.MEDIUM,
    considerations=(7,),
    practices=(10,),
    references=("MCSB LT-3",),
    # Where the log goes is another team's resource as often as not.
    advisory=True,
    validate=validate,
)
