from collections.abc import Iterator, Sequence

from dockyard.checks.values import texts

from registry_policies.links import of_type
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

_REGISTRIES = ("dockyard:index:EcrRegistry", "dockyard:index:AcrRegistry", "dockyard:index:GarRegistry")
_ACCESS = ("dockyard:index:PullAccess", "dockyard:index:PullSecret")


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    kinds = texts(config["clusters"])
    clusters = [each for each in resources if each.type.startswith("kubernetes:") or each.type in kinds]
    if not clusters or of_type(resources, *_ACCESS):
        return
    for registry in of_type(resources, *_REGISTRIES):
        yield Violation(
            f"{registry.name} is beside a cluster that nothing lets pull from it: add dockyard.PullAccess or dockyard.PullSecret",
            registry.urn,
        )


RULE = StackRule(
    name="registry-pull-access",
    description="A cluster that may not pull is found out about when the first pod does not start.",
    severity=Severity.LOW,
    considerations=(2,),
    practices=(4,),
    config={
        "clusters": {
            "type": "array",
            "items": {"type": "string"},
            "default": [
                "aws:eks/cluster:Cluster",
                "azure-native:containerservice:ManagedCluster",
                "gcp:container/cluster:Cluster",
            ],
            "description": "Type tokens of clusters; so is everything of the package kubernetes.",
        }
    },
    advisory=True,
    validate=validate,
)
