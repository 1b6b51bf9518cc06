from collections.abc import Iterator

from dockyard.checks.gar import REPOSITORY, holds_images
from dockyard.checks.values import UNKNOWN, quoted

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    value = properties.get("deletionPolicy")
    if holds_images(properties) and value is not UNKNOWN and value not in ("PREVENT", "ABANDON"):
        shown = "is not set" if value is None else f"is {quoted(value)}"
        yield f"deletionPolicy {shown}, which deletes every image with the repository: set PREVENT or ABANDON"


RULE = Rule(
    name="gar-deletion-policy",
    description="A repository that may be deleted with its images takes them along in a rename or a slip.",
    severity=Severity.MEDIUM,
    types=(REPOSITORY,),
    considerations=(10,),
    practices=(8,),
    # Artifact Registry's own default deletes; what the engine protects, a rule does not see.
    advisory=True,
    validate=validate,
)
