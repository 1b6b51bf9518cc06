"""Where repositories of ECR and what belongs to them keep what checks look at, in each provider's words."""

from collections.abc import Mapping
from typing import Any

from dockyard.checks.policy_document import Document, read
from dockyard.checks.values import first

REPOSITORY = "aws:ecr/repository:Repository"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
NATIVE = "aws-native:ecr:Repository"
REPOSITORIES = (REPOSITORY, NATIVE)

POLICIES: Mapping[str, str] = {
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    TEMPLATE: "repositoryPolicy",
    NATIVE: "repositoryPolicyText",
    "aws-native:ecr:RegistryPolicy": "policyText",
}
"""Type of resource to the property that holds a resource policy."""
_OPTIONAL = (TEMPLATE, NATIVE)


def policy_of(resource_type: str, properties: Mapping[str, Any]) -> Document:
    """The resource's policy; an empty one where it needs none and has none."""
    value = properties.get(POLICIES[resource_type])
    if value is None and resource_type in _OPTIONAL:
        return Document()
    return read(value)


def encryption(properties: Mapping[str, Any]) -> Any:
    """The encryption of a repository: a list in one provider, an object in the other."""
    found = first(properties, "encryptionConfigurations", "encryptionConfiguration")
    return found[0] if isinstance(found, list) and len(found) == 1 else found
