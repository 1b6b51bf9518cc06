import fnmatch
from collections.abc import Iterator, Sequence

from dockyard.checks.ecr import NATIVE, REPOSITORY
from dockyard.checks.values import UNKNOWN, at, first, flag, many

from registry_policies.links import known_as, of_type, same_place
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation, switch

REGISTRY = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
FREQUENCIES = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN", UNKNOWN)


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    if config["elsewhere"] is True:
        return
    registries = of_type(resources, REGISTRY)
    for each in of_type(resources, REPOSITORY, NATIVE):
        own = at(first(each.properties, "imageScanningConfiguration"), "scanOnPush")
        if own is UNKNOWN or flag(own) or any(_covers(registry, each) for registry in registries):
            continue
        hint = "set imageScanningConfiguration.scanOnPush, or cover it by an aws.ecr.RegistryScanningConfiguration"
        yield Violation(f"images pushed to {each.name} are never scanned: {hint}", each.urn)


def _covers(registry: Resource, repository: Resource) -> bool:
    """Whether the registry's settings scan the repository, or may."""
    if same_place(registry, repository) is False:
        return False
    rules = at(registry.properties, "rules")
    return rules is UNKNOWN or any(_fits(rule, repository) for rule in many(rules))


def _fits(rule: object, repository: Resource) -> bool:
    if rule is UNKNOWN:
        return True
    filters = at(rule, "repositoryFilters")
    patterns = [at(each, "filter") for each in many(filters)]
    names = list(known_as(repository))
    fits = any(
        pattern is UNKNOWN
        or (isinstance(pattern, str) and (not names or fnmatch.fnmatchcase(names[0], _wild(pattern))))
        for pattern in patterns
    )
    return at(rule, "scanFrequency") in FREQUENCIES and (filters is UNKNOWN or fits)


def _wild(pattern: str) -> str:
    """A filter without a wildcard fits names that hold it."""
    return pattern if "*" in pattern else f"*{pattern}*"


RULE = StackRule(
    name="ecr-scan-on-push",
    description="What is never scanned is deployed with the vulnerabilities that everybody else knows of.",
    severity=Severity.HIGH,
    considerations=(4,),
    practices=(2,),
    references=("AWS FSBP ECR.1",),
    config={"elsewhere": switch("Whether another stack has the registry scan all of its repositories.")},
    validate=validate,
)
