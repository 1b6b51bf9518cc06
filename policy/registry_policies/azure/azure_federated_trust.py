from collections.abc import Iterator

from dockyard.checks.federation import flexible, judge
from dockyard.checks.values import first

from registry_policies.rule import Config, Properties, Rule, Severity, switch

FLEXIBLE = "azuread:index/applicationFlexibleFederatedIdentityCredential:ApplicationFlexibleFederatedIdentityCredential"


def validate(resource_type: str, properties: Properties, config: Config) -> Iterator[str]:
    issuer, names_suffice = properties.get("issuer"), config["namesSuffice"] is True
    audiences = first(properties, "audiences", "audience")
    if resource_type == FLEXIBLE:
        expression = properties.get("claimsMatchingExpression")
        yield from flexible(issuer, expression, audiences, names_suffice)
    else:
        yield from judge(issuer, properties.get("subject"), audiences, names_suffice)


RULE = Rule(
    name="azure-federated-trust",
    description="A credential that more tokens fit than the ones meant lets strangers' workflows act as the identity.",
    severity=Severity.CRITICAL,
    types=(
        "azure-native:managedidentity:FederatedIdentityCredential",
        "azure:armmsi/federatedIdentityCredential:FederatedIdentityCredential",
        "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
        FLEXIBLE,
    ),
    considerations=(2, 6),
    practices=(4, 7),
    config={
        "namesSuffice": switch(
            "Whether a repository may be named without its number, as on GitLab, whose subject has none."
        )
    },
    validate=validate,
)
