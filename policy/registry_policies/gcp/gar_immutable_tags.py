from collections.abc import Iterator

from dockyard.checks.gar import REPOSITORY, holds_images
from dockyard.checks.values import UNKNOWN, at, flag

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    value = at(properties, "dockerConfig", "immutableTags")
    if holds_images(properties) and value is not UNKNOWN and not flag(value):
        yield "tags can be moved to other images: set dockerConfig.immutableTags"


RULE = Rule(
    name="gar-immutable-tags",
    description="A tag that can be moved lets whoever may push replace what is deployed, unseen.",
    severity=Severity.HIGH,
    types=(REPOSITORY,),
    considerations=(1, 10),
    practices=(1,),
    validate=validate,
)
