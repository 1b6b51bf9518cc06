from collections.abc import Iterator, Mapping

from dockyard.checks.cel import Pins, pins
from dockyard.checks.subjects import GITHUB, GITLAB, service
from dockyard.checks.values import UNKNOWN, at, has_unknown, text

from registry_policies.rule import Config, Properties, Rule, Severity, switch

CLAIMS = {GITHUB: "assertion.repository_id", GITLAB: "assertion.project_id"}


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    signer = service(text(at(properties, "oidc", "issuerUri")))
    condition, mapping = properties.get("attributeCondition"), properties.get("attributeMapping")
    if signer not in CLAIMS or condition is UNKNOWN or has_unknown(mapping):
        return
    hint = f"require {CLAIMS[signer]} == 'NUMBER' with &&"
    found = pins(text(condition), mapping if isinstance(mapping, Mapping) else {})
    if not text(condition).strip():
        yield f"no attributeCondition, so that everybody on {signer} gets in: {hint}"
    elif found is Pins.NOTHING:
        yield f"attributeCondition does not say which repositories of {signer} are meant: {hint}"
    elif found is Pins.NAME and config["namesSuffice"] is not True:
        yield f"attributeCondition goes by names, so that whoever takes one over gets in: {hint}"


RULE = Rule(
    name="gcp-provider-trust",
    description="A pool lets in every token of its issuer that the condition does not refuse.",
    severity=Severity.CRITICAL,
    types=("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",),
    considerations=(2, 6),
    practices=(4, 7),
    config={"namesSuffice": switch("Whether a repository may be named without its number.")},
    validate=validate,
)
