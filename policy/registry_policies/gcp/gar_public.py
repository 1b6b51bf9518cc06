from collections.abc import Iterator

from dockyard.checks.gcp_iam import ABOVE, REPOSITORY, problem, to_everybody

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if why := problem(resource_type, properties):
        yield why
    yield from to_everybody(properties)


RULE = Rule(
    name="gar-public",
    description="A grant to allUsers or allAuthenticatedUsers shows every image to whoever asks.",
    severity=Severity.CRITICAL,
    types=(*REPOSITORY, *ABOVE),
    considerations=(2, 8),
    practices=(4,),
    validate=validate,
)
