from collections.abc import Iterator

from dockyard.checks.ecr import NATIVE, REPOSITORY
from dockyard.checks.values import first, flag

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    for key in ("forceDelete", "emptyOnDelete"):
        if flag(first(properties, key)):
            yield f"{key} deletes every image with the repository: leave it out, so that deleting needs an empty one"


RULE = Rule(
    name="ecr-force-delete",
    description="A repository that may be deleted with its images takes them along in a rename or a slip.",
    severity=Severity.MEDIUM,
    types=(REPOSITORY, NATIVE, "aws:ecrpublic/repository:Repository"),
    considerations=(10,),
    practices=(8,),
    validate=validate,
)
