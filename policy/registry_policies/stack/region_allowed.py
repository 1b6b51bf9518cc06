from collections.abc import Iterator, Sequence

from dockyard.checks.values import at, many, text, texts

from registry_policies.rule import Config, Resource, Severity, StackRule, Violation, names

CLOUDS = {
    "aws": ("aws:", "aws-native:", "pulumi:providers:aws"),
    "azure": ("azure:", "azure-native:", "pulumi:providers:azure"),
    "gcp": ("gcp:", "google-native:", "pulumi:providers:gcp"),
}
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
EVERYWHERE = ("", "global", "aws-global")


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    for each in resources:
        cloud = next((name for name, prefixes in CLOUDS.items() if each.type.startswith(prefixes)), "")
        allowed = [_normal(region) for region in texts(config.get(cloud))]
        for region in dict.fromkeys(_regions(each) if allowed else ()):
            if _normal(region) not in (*allowed, *EVERYWHERE):
                message = f"{each.name} is in {region!r}: use {' or '.join(allowed)}"
                yield Violation(message, each.urn)


def _regions(resource: Resource) -> Iterator[str]:
    properties = resource.properties
    yield text(properties.get("region"))
    yield text(properties.get("location"))
    for replica in many(properties.get("georeplications")):
        yield text(at(replica, "location"))
    if resource.type == REPLICATION:
        for rule in many(at(properties, "replicationConfiguration", "rules")):
            for destination in many(at(rule, "destinations")):
                yield text(at(destination, "region"))


def _normal(region: str) -> str:
    """Azure writes `West Europe` and `westeurope`."""
    return region.replace(" ", "").lower()


RULE = StackRule(
    name="region-allowed",
    description="Images that stand or are replicated where they must not are a breach of contract that no scan shows.",
    severity=Severity.MEDIUM,
    considerations=(8, 10),
    config={
        cloud: names(f"Regions of {cloud} that may be used; with none every region may.") for cloud in CLOUDS
    },
    validate=validate,
)
