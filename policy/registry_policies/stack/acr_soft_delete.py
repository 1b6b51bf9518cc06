from collections.abc import Iterator, Sequence

from dockyard.checks.acr import is_on

from registry_policies.azures import belongs, children, registries
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

REFUSED = {
    "replications": ("azure-native:containerregistry:Replication",),
    "cacheRules": (
        "azure-native:containerregistry:CacheRule",
        "azure:containerservice/registryCacheRule:RegistryCacheRule",
    ),
}


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    for owner, found in registries(resources):
        if not is_on(found, "policies", "softDeletePolicy", "status"):
            continue
        for kind, tokens in REFUSED.items():
            for child in children(resources, kind, *tokens):
                if owner.urn in child.dependencies or belongs(child, owner):
                    message = f"{owner.name} keeps deleted images and cannot have {child.name}"
                    yield Violation(
                        f"{message}: turn softDeletePolicy off, or leave the {kind} out", child.urn
                    )


RULE = StackRule(
    name="acr-soft-delete",
    description="Azure takes no replicas and no cached registries together with soft delete: the deployment fails halfway.",
    severity=Severity.MEDIUM,
    considerations=(10,),
    practices=(8,),
    validate=validate,
)
