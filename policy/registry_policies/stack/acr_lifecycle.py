import base64
import binascii
import re
from collections.abc import Iterator, Sequence

from dockyard.checks.acr import is_on
from dockyard.checks.values import UNKNOWN, at, leaves

from registry_policies.azures import belongs, body, children, registries
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation, switch

PURGE = re.compile(r"\bacr(?:-cli(?:[:@]\S+)?)? purge\b")
"""The command, also as the image that it is an alias of."""
TASKS = ("azure-native:containerregistry:Task", "azure:containerservice/registryTask:RegistryTask")


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    tasks = children(resources, "tasks", *TASKS, later=True)
    purging = [each for each in tasks if _purges(each, config["dryRunSuffices"] is not False)]
    for owner, found in registries(resources):
        if any(belongs(each, owner) is not False for each in purging):
            continue
        retains = is_on(found, "policies", "retentionPolicy", "status")
        if retains is None or (retains and config["retentionSuffices"] is True):
            continue
        hint = "add a task that runs `acr purge`"
        if retains:
            message = f"the retention policy of {owner.name} skips OCI images, which buildx makes: {hint}"
        else:
            message = f"{owner.name} keeps every image for ever: {hint}"
        yield Violation(message, owner.urn)


def _purges(task: Resource, on_trial: bool) -> bool:
    """Whether a step of the task is `acr purge`, or may be. on_trial: whether one that deletes nothing yet will do."""
    steps = body(task)
    found = list(leaves(at(steps, "step"))) + list(leaves(at(steps, "encodedStep")))
    commands = [line for each in found for line in _decoded(each).splitlines() if PURGE.search(line)]
    return (
        steps is UNKNOWN
        or UNKNOWN in found
        or any(on_trial or "--dry-run" not in command for command in commands)
    )


def _decoded(value: object) -> str:
    """A step's text, which may be in base64."""
    if not isinstance(value, str):
        return ""
    try:
        return f"{value}\n" + base64.b64decode(value, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return value


RULE = StackRule(
    name="acr-lifecycle",
    description="Images that nobody deletes cost money and keep old vulnerabilities within reach.",
    severity=Severity.LOW,
    considerations=(10,),
    practices=(3,),
    advisory=True,
    config={
        "dryRunSuffices": switch("Whether the task may be on trial, as it should be at first.", default=True),
        "retentionSuffices": switch(
            "Whether a retention policy is enough: only manifests of Docker's own format fall under it."
        ),
    },
    validate=validate,
)
