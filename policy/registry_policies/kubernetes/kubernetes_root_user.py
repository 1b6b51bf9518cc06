from collections.abc import Iterator

from dockyard.checks.pods import TYPES, Container, containers
from dockyard.checks.values import UNKNOWN, flag, number

from registry_policies.rule import Config, Properties, Rule, Severity


def _why(container: Container) -> str:
    user, never = container.setting("runAsUser"), container.setting("runAsNonRoot")
    if number(user) == 0:
        return "runs as root (runAsUser 0)"
    if UNKNOWN in (user, never) or number(user) or flag(never):
        return ""
    return "may run as root"


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for container in containers(resource_type, properties):
        why = _why(container)
        if why:
            yield f"{container.label} {why}: set runAsNonRoot and, where the image names no user, runAsUser"


RULE = Rule(
    name="kubernetes-root-user",
    description="Root in a container is root in every flaw of the kernel and of a mounted volume.",
    severity=Severity.MEDIUM,
    types=TYPES,
    considerations=(5,),
    practices=(4,),
    references=("Pod Security Standards: restricted",),
    validate=validate,
)
