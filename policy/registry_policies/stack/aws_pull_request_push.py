from collections.abc import Iterator, Sequence

from dockyard.checks.policy_document import read
from dockyard.checks.push_rights import documents, managed, pushes
from dockyard.checks.role_trust import admits_pull_requests
from dockyard.checks.values import first

from registry_policies.links import of_type
from registry_policies.rule import Config, Resource, Severity, StackRule, Violation

ROLES = ("aws:iam/role:Role", "aws-native:iam:Role")
POLICY, ATTACHMENT = "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def validate(resources: Sequence[Resource], config: Config) -> Iterator[Violation]:
    for role in of_type(resources, *ROLES):
        trust = read(first(role.properties, "assumeRolePolicy", "assumeRolePolicyDocument"))
        if admits_pull_requests(trust) and any(_pushes(each) for each in _rights(resources, role)):
            message = (
                f"pull requests may act as {role.name}, which may push: give them a role that pulls only"
            )
            yield Violation(message, role.urn)


def _rights(resources: Sequence[Resource], role: Resource) -> Iterator[Resource]:
    """The role and the policies that are known to be its own."""
    yield role
    for each in of_type(resources, POLICY, ATTACHMENT):
        name = role.properties.get("name")
        if role.urn in each.refers_to("role") or (
            isinstance(name, str) and each.properties.get("role") == name
        ):
            yield each


def _pushes(resource: Resource) -> bool:
    granted = documents(resource.type, resource.properties)
    return any(map(pushes, granted)) or any(managed(resource.type, resource.properties))


RULE = StackRule(
    name="aws-pull-request-push",
    description="A pull request runs code that nobody has reviewed: what may push for it publishes that code.",
    severity=Severity.CRITICAL,
    considerations=(1, 2),
    practices=(4, 7),
    validate=validate,
)
