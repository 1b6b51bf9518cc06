from collections.abc import Iterator, Sequence

from dockyard.checks.azure_roles import pushing_role
from dockyard.checks.subjects import is_pull_request
from dockyard.checks.values import text

from registry_policies.links import of_type
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

IDENTITIES = (
    "azure-native:managedidentity:UserAssignedIdentity",
    "azure:authorization/userAssignedIdentity:UserAssignedIdentity",
)
CREDENTIALS = (
    "azure-native:managedidentity:FederatedIdentityCredential",
    "azure:armmsi/federatedIdentityCredential:FederatedIdentityCredential",
)
ASSIGNMENTS = ("azure-native:authorization:RoleAssignment", "azure:authorization/assignment:Assignment")


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    for identity in of_type(resources, *IDENTITIES):
        roles = [
            pushing_role(each.properties)
            for each in of_type(resources, *ASSIGNMENTS)
            if identity.urn in each.refers_to("principalId")
        ]
        pushing = next(filter(None, roles), "")
        for credential in of_type(resources, *CREDENTIALS) if pushing else ():
            subject = text(credential.properties.get("subject"))
            if is_pull_request(subject, wildcards=False) and identity.urn in _owners(credential):
                hint = "give them an identity that pulls only"
                message = f"pull requests may act as {identity.name}, which has {pushing}: {hint}"
                yield Violation(message, credential.urn)


def _owners(credential: Resource) -> Iterator[str]:
    """URNs of what its identity is named by."""
    for key in ("resourceName", "parentId", "userAssignedIdentityId"):
        yield from credential.property_dependencies.get(key, ())
    yield credential.parent


RULE = StackRule(
    name="azure-pull-request-push",
    description="A pull request runs code that nobody has reviewed: what may push for it publishes that code.",
    severity=Severity.CRITICAL,
    considerations=(1, 2),
    practices=(4, 7),
    validate=validate,
)
