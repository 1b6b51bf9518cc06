from collections.abc import Iterator

from dockyard.checks.gcp_iam import ABOVE, problem, pushes_everywhere

from registry_policies.rule import Config, Properties, Rule, Severity


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if why := problem(resource_type, properties):
        yield why
    yield from pushes_everywhere(properties)


RULE = Rule(
    name="gcp-push-scope",
    description="A role on a project lets one workflow that is taken over replace images in every repository of it.",
    severity=Severity.HIGH,
    types=ABOVE,
    considerations=(2, 5),
    practices=(4, 7),
    validate=validate,
)
