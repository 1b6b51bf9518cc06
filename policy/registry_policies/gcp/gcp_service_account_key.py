from collections.abc import Iterator

from registry_policies.rule import Config, Properties, Rule, Severity, switch


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    if config["allowed"] is not True:
        yield "a key of a service account never expires: let CI and clusters in by workload identity"


RULE = Rule(
    name="gcp-service-account-key",
    description="A key that never expires works for whoever finds it, for as long as nobody notices.",
    severity=Severity.HIGH,
    types=("gcp:serviceaccount/key:Key",),
    considerations=(2, 6),
    practices=(4,),
    config={"allowed": switch("Whether such keys may be made.")},
    validate=validate,
)
