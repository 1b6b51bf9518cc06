from collections.abc import Iterator

from dockyard.checks.gcp_iam import ABOVE, REPOSITORY, SERVICE_ACCOUNT, problem, to_everybody, to_strangers

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if why := problem(resource_type, properties):
        yield why
    yield from to_strangers(properties, config["namesSuffice"] is True)
    if resource_type in SERVICE_ACCOUNT:
        yield from to_everybody(properties)


RULE = Rule(
    name="gcp-trust-members",
    description="A principal set that others can enter gives strangers' workflows the role that was meant for one.",
    severity=Severity.CRITICAL,
    types=(*REPOSITORY, *SERVICE_ACCOUNT, *ABOVE),
    considerations=(2, 6),
    practices=(4, 7),
    config={"namesSuffice": switch("Whether a repository may be named without its number.")},
    validate=validate,
)
