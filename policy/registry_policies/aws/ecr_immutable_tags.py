from collections.abc import Iterator

from dockyard.checks.tags import RELEASES, movable
from dockyard.checks.values import first, texts

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    filters = first(properties, "imageTagMutabilityExclusionFilters")
    yield from movable(properties.get("imageTagMutability"), filters, texts(config["releases"]))


RULE = Rule(
    name="ecr-immutable-tags",
    description="A tag that can be moved lets whoever may push replace what is deployed, unseen.",
    severity=Severity.HIGH,
    types=(
        "aws:ecr/repository:Repository",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws-native:ecr:Repository",
    ),
    considerations=(1, 10),
    practices=(1,),
    references=("AWS FSBP ECR.2",),
    config={
        "releases": {
            "type": "array",
            "items": {"type": "string"},
            "default": list(RELEASES),
            "description": "Tags of the kinds that get deployed: no exclusion may fit one of them.",
        }
    },
    validate=validate,
)
