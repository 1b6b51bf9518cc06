from collections.abc import Iterator

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if config["allowed"] is not True:
        yield "an access key of a user never expires: let CI and clusters assume a role by OIDC"


RULE = Rule(
    name="aws-access-key",
    description="A key that never expires works for whoever finds it, for as long as nobody notices.",
    severity=Severity.HIGH,
    types=("aws:iam/accessKey:AccessKey",),
    considerations=(2, 6),
    practices=(4,),
    config={"allowed": switch("Whether such keys may be made.")},
    validate=validate,
)
