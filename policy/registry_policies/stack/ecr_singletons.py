from collections import defaultdict
from collections.abc import Iterator, Sequence

from dockyard.checks.values import UNKNOWN, at, text

from registry_policies.links import of_type, place
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

SETTING = "aws:ecr/accountSetting:AccountSetting"
SINGLETONS = (
    "aws:ecr/replicationConfiguration:ReplicationConfiguration",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    "aws:ecr/registryPolicy:RegistryPolicy",
    SETTING,
)


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    seen: dict[tuple[object, ...], list[Resource]] = defaultdict(list)
    for each in of_type(resources, *SINGLETONS):
        where, name = place(each), at(each.properties, "name")
        if where is not None and not (each.type == SETTING and name is UNKNOWN):
            seen[each.type, where, text(name) if each.type == SETTING else ""].append(each)
    for first, *others in seen.values():
        for each in others:
            kind = each.type.rpartition(":")[2]
            message = f"there is one {kind} in a registry and {first.name} is it already: {each.name} would overwrite it"
            yield Violation(f"{message}; join both", each.urn)


RULE = StackRule(
    name="ecr-singletons",
    description="A registry has one of each of its settings: of two resources the later wins, in every deployment anew.",
    severity=Severity.HIGH,
    considerations=(10,),
    validate=validate,
)
