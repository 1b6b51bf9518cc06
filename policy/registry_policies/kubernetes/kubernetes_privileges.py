from collections.abc import Iterator

from dockyard.checks.pods import TYPES, containers, pods
from dockyard.checks.values import at, flag, quoted, texts

from registry_policies.rule import Config, Properties, Rule, Severity

_HARMLESS = ("NET_BIND_SERVICE",)
_HOSTS = ("hostNetwork", "hostPID", "hostIPC")


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for pod in pods(resource_type, properties):
        for key in _HOSTS:
            if flag(at(pod, key)):
                yield f"the pod has {key}, with which it reaches what the node runs: leave it out"
    for container in containers(resource_type, properties):
        context = at(container.content, "securityContext")
        if flag(at(context, "privileged")):
            yield f"{container.label} is privileged, which is root on the node: leave it out"
        if flag(at(context, "allowPrivilegeEscalation")):
            yield f"{container.label} allows privilege escalation: set allowPrivilegeEscalation to false"
        added = [name for name in texts(at(context, "capabilities", "add")) if name not in _HARMLESS]
        if added:
            yield f"{container.label} adds the capabilities {quoted(sorted(added))}: drop all, and add what it cannot do without"


RULE = Rule(
    name="kubernetes-privileges",
    description="A container with privileges of the node hands the node, and every other pod on it, to whoever takes it over.",
    severity=Severity.HIGH,
    types=TYPES,
    considerations=(5,),
    practices=(4,),
    references=("Pod Security Standards: baseline",),
    validate=validate,
)
