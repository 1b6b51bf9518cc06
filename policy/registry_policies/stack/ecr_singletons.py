from collections import defaultdict
from collections.abc import Iterator, Sequence

from dockyard.checks.values import UNKNOWN, at, text

from registry_policies.links import place
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

SETTING = "AccountSetting"
KINDS = ("ReplicationConfiguration", "RegistryScanningConfiguration", "RegistryPolicy", SETTING)


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    seen: dict[tuple[str, tuple[str, str], str], list[Resource]] = defaultdict(list)
    for each in resources:
        kind, where = _kind(each.type), place(each)
        name = at(each.properties, "name") if kind == SETTING else None
        if kind and where is not None and name is not UNKNOWN:
            seen[kind, where, text(name)].append(each)
    for (kind, *_), (first, *others) in seen.items():
        for each in others:
            message = f"there is one {kind} in a registry and {first.name} is it already: {each.name} would overwrite it"
            yield Violation(f"{message}; join both", each.urn)


def _kind(token: str) -> str:
    """Which of the settings it is, in the words of both providers; "" for none of them."""
    package, _, kind = token.rpartition(":")
    return kind if kind in KINDS and package.startswith(("aws:ecr/", "aws-native:ecr")) else ""


RULE = StackRule(
    name="ecr-singletons",
    description="A registry has one of each of its settings: of two resources the later wins, in every deployment anew.",
    severity=Severity.HIGH,
    considerations=(10,),
    validate=validate,
)
